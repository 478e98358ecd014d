import type { Parameters } from './parameter.ts'
import type { ResourceType } from './resource-type.ts'

/** Texts of a condition, by operator and key. */
export type Conditions = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>

/**
 * What the role of an experiment is allowed for an action.
 *
 * `targets`: on what the target is, by its ARNs, or by its type and its tags. `any`: calls that name no resource, such as
 * those that describe. `resources`: on these, whose ARNs are `service:resource` in this account and region, or taken from
 * a parameter of the action.
 */
export type Permission =
  | { readonly on: 'targets'; readonly actions: readonly string[]; readonly conditions?: Conditions }
  | { readonly on: 'any'; readonly actions: readonly string[]; readonly conditions?: Conditions }
  | {
      readonly on: 'resources'
      readonly actions: readonly string[]
      readonly resources: readonly string[]
      readonly conditions?: Conditions
    }
  | { readonly on: 'parameter'; readonly actions: readonly string[]; readonly parameter: string }

/** One action of the catalogue. */
export interface ActionDefinition {
  /** What the action calls its target, and the type that it must be; null where it has none. */
  readonly target: { readonly key: string; readonly type: ResourceType } | null
  readonly parameters: Parameters
  /**
   * Null: what it needs cannot be worked out from a template, because AWS does not document it or because it is in
   * resources that the template does not name. Such an experiment is given a role.
   */
  readonly permissions: readonly Permission[] | null
  /** Whatever parameters must hold together. @returns what is wrong, as a sentence; null when nothing is */
  readonly check?: (given: Readonly<Record<string, unknown>>) => string | null
}

/** Keeps the type of each parameter. */
export const action = <const D extends ActionDefinition>(definition: D): D => definition

export const onTargets = (...actions: string[]): Permission => ({ on: 'targets', actions })
export const onAny = (...actions: string[]): Permission => ({ on: 'any', actions })
/** Most targets by tag are looked up with it. */
export const BY_TAG = onAny('tag:GetResources')
