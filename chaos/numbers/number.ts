import type { Unit } from '../core/quantity.ts'
import type { About, Judged, Reading } from './reading.ts'

/** Files of evidence that a number rests on: trouble with the one is trouble with the other. */
export type Ground = 'histories' | 'cluster' | 'links' | 'consumers' | 'fleet' | 'wall-clock'

interface Measured<J> {
  /** The row of the scorecard and of a comparison; `fault`: that of the fault it is about. */
  readonly dimension: string
  /** For people, after the value: `until service was good and stayed so`. */
  readonly what: string
  /** A duration's name ends in `-seconds` or `-ms`, and a count of records in `-records`, where the unit is that. */
  readonly unit: Unit
  /** Which way is better for whoever runs the platform. */
  readonly better: 'less' | 'more' | 'neither'
  /** What has one of it: the whole run, each fault, each replay. */
  readonly of: 'run' | 'fault' | 'replay'
  /** Of the run; a gate may ask for one entry of the timeline with `of`. */
  readonly takesOf?: true
  /** Clients of each zone measure it, so that one zone can be left out with `outsideOf`. */
  readonly takesOutsideOf?: true
  /** One reading for each subject; without a subject that fits, one reading that says so. */
  readonly read: (judged: J, about: About) => readonly Reading[]
  readonly rests?: readonly Ground[]
  /** Which part of this program takes it: the reader of a replay, or what drives devices and probes. @default 'main' */
  readonly takenBy?: 'main' | 'replay'
  readonly mayBeNegative?: true
  /** One of the few that a short table of a comparison shows. */
  readonly isKey?: true
  /** Its name in `comparison.json` and `comparison.csv`. @default its name without the unit */
  readonly column?: string
}

interface Gate<J> extends Measured<J> {
  /** The work that a failure asks for; it may depend on why it failed. */
  readonly next: string | ((judged: J) => string)
  readonly noGate?: never
}

interface Shown<J> extends Measured<J> {
  /** Why no drill can set a limit to it. */
  readonly noGate: string
  readonly next?: never
}

/**
 * One number of a run: what a drill's gate judges, a scorecard shows and a comparison sets side by side. Its name is
 * its key in the catalogue.
 */
export type NumberEntry<J = Judged> = Gate<J> | Shown<J>
export type GateEntry<J = Judged> = Gate<J>
export type Numbers<J = Judged> = Readonly<Record<string, NumberEntry<J>>>
