import { Resource, Tags } from 'aws-cdk-lib'
import { CfnExperimentTemplate } from 'aws-cdk-lib/aws-fis'
import type { IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'
import type { Action } from './action.ts'
import type { ExperimentLog, ExperimentReport } from './experiment-output.ts'
import { experimentRole, statementsFor } from './experiment-role.ts'
import type { StopCondition } from './stop-condition.ts'
import type { Target } from './target.ts'

export interface ExperimentProps {
  /** What is tried and expected, in a sentence; it is all that lists of experiments show. At most 512 characters. */
  readonly description: string
  /** One to twenty. Their targets come with them. */
  readonly actions: readonly Action[]
  /** One to five alarms, or `StopCondition.none()` to say that there is none on purpose. */
  readonly stopConditions: readonly StopCondition[]
  /** What happens when a target finds nothing. `skip` passes its actions over, and what never happened looks harmless. @default fail */
  readonly emptyTargets?: 'fail' | 'skip'
  /** @default none is written */
  readonly log?: ExperimentLog
  /** @default none is written */
  readonly report?: ExperimentReport
  /** A role that FIS may take; it is given no permissions. @default one that has what the actions need on their targets, and nothing else */
  readonly role?: IRole
  /** @default no tags besides those of the stack */
  readonly tags?: Readonly<Record<string, string>>
}

const MOST_ACTIONS = 20
const MOST_AT_ONCE = 10
const MOST_CONDITIONS = 5
const LONGEST_DESCRIPTION = 512

/**
 * A template of AWS Fault Injection Service. What AWS would refuse is an error at synthesis, all of it at once, and not the
 * end of a deployment or of an experiment.
 *
 * ```ts
 * const brokers = Target.byTags({
 *   name: 'brokers',
 *   type: 'aws:ec2:instance',
 *   tags: { 'chaos-ready': 'true' },
 *   filters: [{ path: 'Placement.AvailabilityZone', values: ['eu-west-1a'] }],
 * })
 * new Experiment(this, 'ZoneStops', {
 *   description: 'The machines of one zone stop for five minutes, and the others go on',
 *   actions: [
 *     Action.of('aws:ec2:stop-instances', {
 *       name: 'stop',
 *       target: brokers,
 *       parameters: { startInstancesAfterDuration: Duration.minutes(5) },
 *     }),
 *   ],
 *   stopConditions: [StopCondition.alarm(alarm)],
 * })
 * ```
 */
export class Experiment extends Resource {
  /** Begins with `EXT`. */
  readonly templateId: string
  readonly template: CfnExperimentTemplate
  readonly role: IRole
  /** What its own role is allowed; empty when a role was given. */
  readonly statements: readonly PolicyStatement[]
  readonly #props: ExperimentProps

  constructor(scope: Construct, id: string, props: ExperimentProps) {
    super(scope, id)
    this.#props = props
    this.node.addValidation({ validate: () => [...this.#problems()] })
    this.statements = props.role
      ? []
      : [
          ...statementsFor(this, props.actions),
          ...(props.log?.statements ?? []),
          ...(props.report?.statements ?? []),
        ]
    const own = props.role ? null : experimentRole(this, 'Role', this.statements)
    this.role = props.role ?? (own as unknown as IRole)
    this.template = new CfnExperimentTemplate(this, 'Template', this.#rendered())
    // The role is of use with its policy only, and an experiment may be started as soon as it is there.
    if (own) this.template.node.addDependency(own)
    this.templateId = this.template.attrId
    for (const [key, value] of Object.entries(props.tags ?? {})) Tags.of(this.template).add(key, value)
  }

  /** Every target of its actions, once. */
  get targets(): readonly Target[] {
    return [...new Set(this.#props.actions.flatMap(({ target }) => (target ? [target] : [])))]
  }

  #rendered() {
    const { description, actions, stopConditions, log, report, emptyTargets = 'fail' } = this.#props
    return {
      description,
      roleArn: this.role.roleArn,
      actions: Object.fromEntries(actions.map(one => [one.name, one.render()])),
      targets: Object.fromEntries(this.targets.map(one => [one.name, one.render()])),
      stopConditions: stopConditions.map(condition => condition.render()),
      experimentOptions: { accountTargeting: 'single-account', emptyTargetResolutionMode: emptyTargets },
      ...(log && { logConfiguration: log.configuration }),
      ...(report && { experimentReportConfiguration: report.render() }),
      tags: {},
    }
  }

  *#problems(): Iterable<string> {
    const { description, actions, stopConditions, report, role } = this.#props
    if (description === '' || description.length > LONGEST_DESCRIPTION)
      yield `its description has ${description.length} characters: expected 1 to ${LONGEST_DESCRIPTION}`
    if (actions.length === 0 || actions.length > MOST_ACTIONS)
      yield `it has ${actions.length} actions: expected 1 to ${MOST_ACTIONS}`
    const first = actions.filter(({ after }) => after.length === 0)
    if (first.length > MOST_AT_ONCE)
      yield `${first.length} actions begin at once: expected at most ${MOST_AT_ONCE}; let some begin \`after\` others`
    yield* this.#problemsOfConditions(stopConditions)
    yield* repeated('action', actions)
    yield* repeated('target', this.targets)
    for (const target of this.targets)
      for (const problem of target.problems) yield `target ${target.name}: ${problem}`
    for (const action of actions) {
      for (const problem of action.problems) yield `action ${action.name}: ${problem}`
      for (const { name, ...other } of action.after)
        if (!actions.some(one => one.name === name && one.id === other.id))
          yield `action ${action.name}: it begins after '${name}', which is no action of this experiment`
      if (!role && action.permissions === null)
        yield `action ${action.name}: what ${action.id} needs cannot be worked out from a template: give the experiment a role`
      if (
        !role &&
        action.target &&
        !action.target.tags &&
        action.target.arns.length === 0 &&
        needsTargets(action)
      )
        yield `action ${action.name}: its target has neither tags nor ARNs, so no role can be bound to it: give the experiment a role`
    }
    for (const problem of report?.problems ?? []) yield `report: ${problem}`
  }

  *#problemsOfConditions(conditions: readonly StopCondition[]): Iterable<string> {
    if (conditions.length === 0)
      yield 'it has no stop condition: expected alarms, or StopCondition.none() when it is meant'
    if (conditions.length > MOST_CONDITIONS)
      yield `it has ${conditions.length} stop conditions: expected at most ${MOST_CONDITIONS}`
    if (conditions.length > 1 && conditions.some(({ alarmArn }) => alarmArn === null))
      yield 'StopCondition.none() stands beside alarms: expected one or the other'
  }
}

const needsTargets = ({ permissions }: Action) => permissions?.some(({ on }) => on === 'targets') ?? false

function* repeated(what: string, things: readonly { readonly name: string }[]): Iterable<string> {
  const names = things.map(({ name }) => name)
  for (const name of new Set(names.filter((one, index) => names.indexOf(one) !== index)))
    yield `two ${what}s are called '${name}'`
}
