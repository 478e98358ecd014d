import { Stack } from 'aws-cdk-lib'
import { UserData } from 'aws-cdk-lib/aws-ec2'
import { StringParameter } from 'aws-cdk-lib/aws-ssm'
import { Construct } from 'constructs'
import type { StagedFile } from './staged-file.ts'
import { userDataScript } from './user-data.ts'

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
