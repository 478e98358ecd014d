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
 * Tiny, so that it never has a reason to change: all that does is behind the parameter. What it fetches it tries to
 * fetch for half an hour, with pauses of up to a minute: a role may be known to an instance before its permissions
 * are, and a network may be cut while its machines start. After that it stops with 69: CloudFormation has long gone
 * on, no unit of systemd exists yet, and cloud-init runs it at the first boot only (docs/deploying.md says what to do).
 */
export function userDataScript(path: string): string {
  return `#!/bin/bash
set -euo pipefail
umask 077
mkdir -p /opt/aftershock
cd /opt/aftershock
parameter='${path}/node.env'
say() { echo "$(date -u +%FT%TZ) user data: $*" >&2; }
try() {
  local what=$1 pause=1 tries=1
  shift
  until "$@"; do
    if [ $((SECONDS + pause)) -gt "\${AFTERSHOCK_BOOT_SECONDS:-1800}" ]; then
      say "stopped: $what could not be had (tries: $tries); nothing runs on this machine"
      exit 69
    fi
    say "$what: try $tries failed, again in $pause s"
    sleep "$pause"
    pause=$((pause < 32 ? pause * 2 : 60))
    tries=$((tries + 1))
  done
}
settings() { aws ssm get-parameter --name "$parameter" --query Parameter.Value --output text > node.env.new; }
try "$parameter" settings
mv node.env.new node.env
. ./node.env
try "$BOOTSTRAP_URI" aws s3 cp --quiet "$BOOTSTRAP_URI" bootstrap.sh
echo "$BOOTSTRAP_SHA256  bootstrap.sh" | sha256sum --check --status || {
  say "stopped: the SHA-256 of $BOOTSTRAP_URI is not $BOOTSTRAP_SHA256"
  exit 65
}
exec bash bootstrap.sh /opt/aftershock/node.env
`
}
