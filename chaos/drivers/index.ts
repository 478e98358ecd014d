import { AftershockError } from '../core/errors.ts'
import type { EnvironmentKind } from './environment.ts'
import { localEnvironment } from './local/local-environment.ts'
import { standingLab } from './local/lab/standing-lab.ts'

export { sdkAccount as awsAccount } from './aws/sdk-account.ts'
export { type Healing, healStanding, type Standing, standing } from './aws/standing.ts'
export type { Place } from './aws/guards.ts'
export type { LabStatus, LabUp } from './local/lab/lab-status.ts'

/** Names that `--driver` knows, whether there is such an environment yet or not. */
const NAMES = ['local', 'aws'] as const

const ENVIRONMENTS: Readonly<Record<string, EnvironmentKind | undefined>> = { local: localEnvironment }

/** @throws AftershockError `usage` for a name that is none, `unavailable` for one that is not there yet. */
export function environmentOf(name: string): EnvironmentKind {
  const found = ENVIRONMENTS[name]
  if (found) return found
  if (!(NAMES as readonly string[]).includes(name))
    throw new AftershockError('usage', `--driver is '${name}'`, { hint: `it is one of ${NAMES.join(', ')}` })
  throw new AftershockError('unavailable', `there is no ${name} driver yet`, { hint: 'use --driver local' })
}

/** The lab of this machine that stays between runs, which no other environment has. */
export const lab = standingLab
