import { createHash } from 'node:crypto'
import { type CfnResource, CfnWaitCondition, CfnWaitConditionHandle } from 'aws-cdk-lib'
import { StringParameter } from 'aws-cdk-lib/aws-ssm'
import { Construct } from 'constructs'

export interface NodeSignalsProps {
  /** Where the node's parameters are; `signals` is one of them. */
  readonly path: string
  /** The instance, or the group, that has to serve. */
  readonly machine: CfnResource
  /** How many machines that is. @default 1 */
  readonly machines?: number
  /**
   * Whether the next node may be made before this one serves, if it cannot serve without. So it is with voters of a
   * quorum that nobody has formed yet.
   */
  readonly opensEarly: boolean
  /**
   * All that a new machine, or a restart of this one, follows from. A handle is good for one answer: another machine
   * needs others.
   */
  readonly version: Version
  /** A condition for many. @default one of its own */
  readonly shared?: SharedSignal | undefined
}

type Version = readonly (string | number | undefined)[]

/** Longer than a node takes to say itself why it does not serve: 25 minutes (AFTERSHOCK_SIGNAL_SECONDS). */
export const SIGNAL_TIMEOUT_SECONDS = 1800

function wait(scope: Construct, name: string, version: Version, machines: number) {
  // CloudFormation changes none of these in place.
  const all = JSON.stringify([...version, machines, SIGNAL_TIMEOUT_SECONDS])
  const suffix = createHash('sha256').update(all).digest('hex').slice(0, 8)
  const handle = new CfnWaitConditionHandle(scope, `${name}Handle${suffix}`)
  const condition = new CfnWaitCondition(scope, `${name}${suffix}`, {
    handle: handle.ref,
    timeout: String(SIGNAL_TIMEOUT_SECONDS),
    count: machines,
  })
  return { address: handle.ref, condition }
}

/** That all of many machines serve: a stack of sixty shards has no room for a condition of each. */
export class SharedSignal extends Construct {
  readonly address: string
  readonly condition: CfnWaitCondition

  constructor(scope: Construct, id: string, version: Version, machines: number) {
    super(scope, id)
    const { address, condition } = wait(this, 'Serves', version, machines)
    this.address = address
    this.condition = condition
  }
}

/**
 * What CloudFormation waits for at a node. Each is an object of S3 that the node writes through the gateway endpoint; it
 * needs no permission for that, since the address is signed. docs/adr/0011 says why there are two.
 */
export class NodeSignals extends Construct {
  /** Over when the next node may be stopped, or started: this one serves and is in sync, or cannot without the next. */
  readonly next: CfnWaitCondition

  constructor(scope: Construct, id: string, props: NodeSignalsProps) {
    super(scope, id)
    const { path, machine, machines = 1, opensEarly, version, shared } = props
    const serves = shared ?? wait(this, 'Serves', version, machines)
    const next = opensEarly ? wait(this, 'Next', version, machines) : null
    for (const { condition } of [serves, ...(next ? [next] : [])]) condition.addResourceDependency(machine)
    this.next = (next ?? serves).condition
    const parameter = new StringParameter(this, 'Parameter', {
      parameterName: `${path}/signals`,
      description: 'Where the node says that it serves, once for each handle',
      stringValue: `${next ? `next ${next.address}\n` : ''}serves ${serves.address}\n`,
    })
    machine.node.addDependency(parameter)
  }
}
