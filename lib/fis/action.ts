import type { CfnExperimentTemplate } from 'aws-cdk-lib/aws-fis'
import type { Permission } from './action-definition.ts'
import { type ActionId, definitionOf, type ParametersOf, type TargetTypeOf } from './catalogue/index.ts'
import type { Parameter } from './parameter.ts'
import { NAME, NAME_RULE, Target } from './target.ts'

interface Timing {
  /** What it is called in the template: letters, digits and hyphens, at most 64. */
  readonly name: string
  /** @default none */
  readonly description?: string
  /** It begins when all of these have ended. @default none: with the experiment */
  readonly after?: readonly Action[]
}

/** An action whose definition has no target takes none; any other needs one of its type. */
type TargetOf<I extends ActionId> = [TargetTypeOf<I>] extends [never]
  ? { readonly target?: never }
  : { readonly target: Target<TargetTypeOf<I>> }

/** Actions without parameters need not be given an empty map. */
type GivenParameters<I extends ActionId> =
  object extends ParametersOf<I>
    ? { readonly parameters?: ParametersOf<I> }
    : { readonly parameters: ParametersOf<I> }

export type ActionProps<I extends ActionId> = Timing & TargetOf<I> & GivenParameters<I>

/**
 * One fault, or one step, of an experiment: `Action.of('aws:ec2:stop-instances', { … })`. Which parameters there are, and
 * which type its target has, follows from the id.
 */
export class Action<I extends ActionId = ActionId> {
  readonly id: I
  readonly name: string
  readonly target: Target | null
  readonly after: readonly Action[]
  /** What of it AWS would refuse; each is a sentence. */
  readonly problems: readonly string[]
  readonly #description: string | undefined
  readonly #parameters: Readonly<Record<string, unknown>>

  private constructor(
    id: I,
    given: Timing & { readonly target?: Target; readonly parameters?: Readonly<Record<string, unknown>> },
  ) {
    const { name, description, after = [], target = null, parameters = {} } = given
    this.id = id
    this.name = name
    this.target = target
    this.after = after
    this.#description = description
    this.#parameters = Object.fromEntries(
      Object.entries(parameters).filter(([, value]) => value !== undefined),
    )
    this.problems = this.#problems()
  }

  static of<I extends ActionId>(id: I, props: ActionProps<I>): Action {
    return new Action(id, props)
  }

  /** What a role needs for it; null when that cannot be worked out from the template. */
  get permissions(): readonly Permission[] | null {
    return definitionOf(this.id).permissions
  }

  /** As the API has it; undefined where it was not given. */
  parameter(name: string): string | undefined {
    return this.#texts()[name]
  }

  /** @internal */
  render(): CfnExperimentTemplate.ExperimentTemplateActionProperty {
    const { target } = definitionOf(this.id)
    const texts = this.#texts()
    return {
      actionId: this.id,
      ...(this.#description !== undefined && { description: this.#description }),
      ...(Object.keys(texts).length > 0 && { parameters: texts }),
      ...(target && this.target && { targets: { [target.key]: this.target.name } }),
      ...(this.after.length > 0 && { startAfter: this.after.map(({ name }) => name) }),
    }
  }

  #texts(): Record<string, string> {
    const { parameters } = definitionOf(this.id)
    return Object.fromEntries(
      Object.entries(this.#parameters).flatMap(([key, value]) => {
        const parameter = parameters[key] as Parameter<unknown> | undefined
        return parameter ? [[key, parameter.text(value)]] : []
      }),
    )
  }

  #problems(): string[] {
    const { parameters, target, check } = definitionOf(this.id)
    const known = Object.keys(parameters)
    const found: string[] = []
    if (!NAME.test(this.name)) found.push(`its name is '${this.name}': ${NAME_RULE}`)
    for (const [key, value] of Object.entries(this.#parameters)) {
      const parameter = parameters[key] as Parameter<unknown> | undefined
      if (!parameter) found.push(`${this.id} has no parameter '${key}': it has ${known.join(', ') || 'none'}`)
      else if (!parameter.accepts(value))
        found.push(`${key} is ${parameter.text(value) || 'empty'}: expected ${parameter.expects}`)
    }
    for (const [key, { isOptional, expects }] of Object.entries(parameters))
      if (!isOptional && this.#parameters[key] === undefined)
        found.push(`${key} is missing: expected ${expects}`)
    if (target && this.target?.type !== target.type)
      found.push(`its target is ${this.target?.type ?? 'missing'}: expected one of type ${target.type}`)
    if (!target && this.target) found.push(`${this.id} takes no target`)
    const together = check?.(this.#parameters) ?? null
    if (together !== null) found.push(together)
    return found
  }
}
