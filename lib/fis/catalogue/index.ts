import type { ActionDefinition } from '../action-definition.ts'
import type { ValuesOf } from '../parameter.ts'
import type { ResourceType } from '../resource-type.ts'
import { COMPUTE_ACTIONS } from './compute.ts'
import { CONTAINER_ACTIONS } from './containers.ts'
import { NETWORK_ACTIONS } from './network.ts'
import { SERVICE_ACTIONS } from './services.ts'

/**
 * The actions that AWS documents for FIS ("AWS FIS Actions reference"), with the parameters and the permissions that it
 * states for each. AWS adds to them; what is not here yet can be written with `CfnExperimentTemplate`.
 */
export const CATALOGUE = {
  ...COMPUTE_ACTIONS,
  ...NETWORK_ACTIONS,
  ...CONTAINER_ACTIONS,
  ...SERVICE_ACTIONS,
} as const satisfies Readonly<Record<string, ActionDefinition>>

export type ActionId = keyof typeof CATALOGUE

/** The values that an action takes, by name; a missing one or one too many does not compile. */
export type ParametersOf<I extends ActionId> = ValuesOf<(typeof CATALOGUE)[I]['parameters']>

/** The type that its target must have; `never` where it has none. */
export type TargetTypeOf<I extends ActionId> = (typeof CATALOGUE)[I]['target'] extends {
  readonly type: infer T extends ResourceType
}
  ? T
  : never

export const definitionOf = (id: ActionId): ActionDefinition => CATALOGUE[id]
