import { AftershockError } from '../core/errors.ts'
import type { LoadedDrill } from '../drill/load-drill.ts'
import type { GameDay } from '../gameday/calendar.ts'
import type { DeployedPlace } from './deployed-environment.ts'

/** A day with its drill, and what speaks against running it at all. */
export interface CheckedDay {
  readonly day: GameDay
  readonly loaded: LoadedDrill
  /** Of both. */
  readonly digest: string
  readonly against: readonly string[]
  /** null: the lab of this machine. */
  readonly place: DeployedPlace | null
}

export const PLATFORM = 'kafka'
/** The environment that is the lab; any other is on AWS. */
export const HERE = 'this-machine'

/** @throws AftershockError `refused` */
export function refuseBeyond({ id }: GameDay, against: readonly string[]): void {
  if (against.length === 0) return
  throw new AftershockError('refused', `${id} goes beyond its blast radius: ${against.join('; ')}`, {
    hint: 'change the drill, or agree on more in the calendar and have it approved anew',
  })
}
