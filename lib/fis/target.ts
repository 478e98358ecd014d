import { Token } from 'aws-cdk-lib'
import type { CfnExperimentTemplate } from 'aws-cdk-lib/aws-fis'
import { type ResourceType, rulesOf } from './resource-type.ts'

/** Keeps resources whose attribute at `path` is one of `values`: `Placement.AvailabilityZone`, `State.Name`. */
export interface TargetFilter {
  /** The attribute in the answer of the call that describes the resource. */
  readonly path: string
  readonly values: readonly string[]
}

interface Choice<T extends ResourceType> {
  /** What it is called in the template: letters, digits and hyphens, at most 64. */
  readonly name: string
  readonly type: T
}

export interface TagTargetProps<T extends ResourceType> extends Choice<T> {
  /** A resource has all of them. */
  readonly tags: Readonly<Record<string, string>>
  /** @default none: every resource with the tags */
  readonly filters?: readonly TargetFilter[]
  /** Attributes that the type can be chosen by, such as `availabilityZoneIdentifier` of subnets. @default none */
  readonly parameters?: Readonly<Record<string, string>>
  /** How many of them. @default Selection.all() */
  readonly selection?: Selection
}

export interface ArnTargetProps<T extends ResourceType> extends Choice<T> {
  /** One to five. */
  readonly arns: readonly string[]
  /** @default Selection.all() */
  readonly selection?: Selection
}

/** How many of the resources that were found, chosen at random when the experiment starts. */
export class Selection {
  readonly mode: string
  readonly problem: string | null

  private constructor(mode: string, problem: string | null = null) {
    this.mode = mode
    this.problem = problem
  }

  static all(): Selection {
    return new Selection('ALL')
  }

  static count(count: number): Selection {
    const isGood = Number.isInteger(count) && count >= 1
    return new Selection(`COUNT(${count})`, isGood ? null : `the count is ${count}: expected 1 or more`)
  }

  /** Rounded down; when nothing is left, the experiment fails. */
  static percent(percent: number): Selection {
    const isGood = Number.isInteger(percent) && percent >= 1 && percent <= 100
    return new Selection(
      `PERCENT(${percent})`,
      isGood ? null : `the percentage is ${percent}: expected a whole number from 1 to 100`,
    )
  }
}

const MOST_ARNS = 5
const MOST_TAGS = 50

/** What an action acts on. FIS looks resources up once, when the experiment starts. */
export class Target<T extends ResourceType = ResourceType> {
  readonly name: string
  readonly type: T
  /** Null when it is named by ARNs or by parameters alone. */
  readonly tags: Readonly<Record<string, string>> | null
  readonly arns: readonly string[]
  /** What of it AWS would refuse; each is a sentence. */
  readonly problems: readonly string[]
  readonly #filters: readonly TargetFilter[]
  readonly #parameters: Readonly<Record<string, string>>
  readonly #selection: Selection

  private constructor({
    name,
    type,
    tags = null,
    arns = [],
    filters = [],
    parameters = {},
    selection = Selection.all(),
  }: Choice<T> & {
    readonly tags?: Readonly<Record<string, string>> | null
    readonly arns?: readonly string[]
    readonly filters?: readonly TargetFilter[]
    readonly parameters?: Readonly<Record<string, string>>
    readonly selection?: Selection | undefined
  }) {
    this.name = name
    this.type = type
    this.tags = tags
    this.arns = arns
    this.#filters = filters
    this.#parameters = parameters
    this.#selection = selection
    this.problems = this.#problems()
  }

  /** Everything that has the tags. It is what makes a blast radius: nothing without them can be met. */
  static byTags<T extends ResourceType>(props: TagTargetProps<T>): Target<T> {
    return new Target(props)
  }

  /** These resources and no others. */
  static byArns<T extends ResourceType>(props: ArnTargetProps<T>): Target<T> {
    return new Target(props)
  }

  /** Pods of a cluster, by namespace and selector: they have neither tags nor ARNs. */
  static pods(
    name: string,
    parameters: {
      readonly clusterIdentifier: string
      readonly namespace: string
      readonly selectorType: 'labelSelector' | 'deploymentName' | 'podName'
      readonly selectorValue: string
      readonly availabilityZoneIdentifier?: string
      readonly targetContainerName?: string
    },
    selection?: Selection,
  ): Target<'aws:eks:pod'> {
    return new Target({ name, type: 'aws:eks:pod', parameters: { ...parameters }, selection })
  }

  /** @internal */
  render(): CfnExperimentTemplate.ExperimentTemplateTargetProperty {
    return {
      resourceType: this.type,
      selectionMode: this.#selection.mode,
      ...(this.tags && { resourceTags: { ...this.tags } }),
      ...(this.arns.length > 0 && { resourceArns: [...this.arns] }),
      ...(this.#filters.length > 0 && {
        filters: this.#filters.map(({ path, values }) => ({ path, values: [...values] })),
      }),
      ...(Object.keys(this.#parameters).length > 0 && { parameters: { ...this.#parameters } }),
    }
  }

  #problems(): string[] {
    const { by, parameters = [], requiredParameters = [] } = rulesOf(this.type)
    const found: string[] = []
    if (!NAME.test(this.name)) found.push(`its name is '${this.name}': ${NAME_RULE}`)
    if (by === 'arns' && this.tags) found.push(`${this.type} is chosen by ARNs, not by tags`)
    if (by === 'tags' && this.arns.length > 0) found.push(`${this.type} is chosen by tags, not by ARNs`)
    if (by === 'parameters' && (this.tags || this.arns.length > 0))
      found.push(`${this.type} is chosen by its parameters: use Target.pods`)
    if (this.tags) {
      const count = Object.keys(this.tags).length
      if (count === 0 || count > MOST_TAGS) found.push(`it has ${count} tags: expected 1 to ${MOST_TAGS}`)
      const empty = Object.entries(this.tags).find(([key, value]) => key === '' || value === '')
      if (empty) found.push(`its tag '${empty[0]}' is '${empty[1]}': expected a key and a value`)
    } else if (by !== 'parameters' && (this.arns.length === 0 || this.arns.length > MOST_ARNS))
      found.push(`it has ${this.arns.length} ARNs: expected 1 to ${MOST_ARNS}`)
    const wrong = this.arns.find(arn => !Token.isUnresolved(arn) && !arn.startsWith('arn:'))
    if (wrong !== undefined) found.push(`'${wrong}' is no ARN`)
    for (const { path, values } of this.#filters)
      if (path === '' || values.length === 0)
        found.push(`its filter '${path}' has ${values.length} values: expected a path and at least one value`)
    for (const key of Object.keys(this.#parameters))
      if (!parameters.includes(key))
        found.push(
          `${this.type} has no parameter '${key}': ${parameters.length > 0 ? `expected ${parameters.join(' or ')}` : 'it has none'}`,
        )
    for (const key of requiredParameters)
      if (this.#parameters[key] === undefined) found.push(`${this.type} needs the parameter '${key}'`)
    // FIS refuses volumes of two zones when the experiment is running.
    if (this.type === 'aws:ec2:ebs-volume' && this.tags && !this.#isInOneZone())
      found.push('volumes of one target are in one zone: give the parameter availabilityZoneIdentifier')
    if (this.#selection.problem !== null) found.push(this.#selection.problem)
    return found
  }

  #isInOneZone(): boolean {
    return (
      this.#parameters.availabilityZoneIdentifier !== undefined ||
      this.#filters.some(({ path, values }) => path === 'AvailabilityZone' && values.length === 1)
    )
  }
}

export const NAME = /^[A-Za-z0-9-]{1,64}$/
export const NAME_RULE = 'expected letters, digits and hyphens, at most 64'
