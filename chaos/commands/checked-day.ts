import type { LoadedDrill } from '../drill/load-drill.ts'
import type { GameDay } from '../gameday/calendar.ts'

/** A day with its drill, and what speaks against running it at all. */
export interface CheckedDay {
  readonly day: GameDay
  readonly loaded: LoadedDrill
  /** Of both. */
  readonly digest: string
  readonly against: readonly string[]
}

export const PLATFORM = 'kafka'
/** The environment that is the lab; any other is on AWS. */
export const HERE = 'this-machine'
