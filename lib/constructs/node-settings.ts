import { Stack } from 'aws-cdk-lib'
import { UserData } from 'aws-cdk-lib/aws-ec2'
import { StringParameter } from 'aws-cdk-lib/aws-ssm'
import { Construct } from 'constructs'
import type { StagedFile } from './staged-file.ts'

export interface NodeSettingsProps {
  /** `/aftershock/<environment>/<role>/<node>` */
  readonly path: string
  readonly bootstrap: StagedFile
  /** Names are upper case; values hold no single quotes. */
  readonly settings: Readonly<Record<string, string>>
  /** Configuration files by their name, as text. */
  readonly files: Readonly<Record<string, string>>
}

/** Systems Manager keeps 4 KiB in a standard parameter. */
export const MAX_PARAMETER_BYTES = 4096

/**
 * What a node learns when it boots, as parameters of Systems Manager. A change of configuration changes
 * parameters only: no instance is replaced for it.
 */
export class NodeSettings extends Construct {
  /** Static: it names this node and nothing that could change. */
  readonly userData: UserData

  constructor(scope: Construct, id: string, props: NodeSettingsProps) {
    super(scope, id)
    const { path, bootstrap, files } = props
    const settings: Record<string, string> = {
      AWS_REGION: Stack.of(this).region,
      PARAMETER_PATH: path,
      BOOTSTRAP_URI: bootstrap.uri,
      BOOTSTRAP_SHA256: bootstrap.sha256 ?? '',
      FILES: Object.keys(files).join(' '),
      ...props.settings,
    }
    new StringParameter(this, 'Env', {
      parameterName: `${path}/node.env`,
      description: 'Settings that the bootstrap script reads',
      stringValue: Object.entries(settings)
        .map(([name, value]) => `${name}='${value}'\n`)
        .join(''),
    })
    for (const [name, text] of Object.entries(files)) {
      new StringParameter(this, `File-${name}`, {
        parameterName: `${path}/${name}`,
        description: 'A configuration file of the node',
        stringValue: text,
      })
    }
    this.userData = UserData.custom(userDataScript(path))
  }
}

/**
 * Tiny, so that it never has a reason to change: all that does is behind the parameter. It tries for five
 * minutes, because a role may be known to an instance before its permissions are.
 */
export function userDataScript(path: string): string {
  return `#!/bin/bash
set -euo pipefail
umask 077
mkdir -p /opt/aftershock
cd /opt/aftershock
for _ in {1..60}; do
  aws ssm get-parameter --name '${path}/node.env' --query Parameter.Value --output text > node.env.new && break
  sleep 5
done
mv node.env.new node.env
. ./node.env
aws s3 cp --quiet "$BOOTSTRAP_URI" bootstrap.sh
echo "$BOOTSTRAP_SHA256  bootstrap.sh" | sha256sum --check --status
exec bash bootstrap.sh /opt/aftershock/node.env
`
}
