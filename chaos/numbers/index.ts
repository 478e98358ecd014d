import { AftershockError } from '../core/errors.ts'
import { AUDIT_NUMBERS } from './audit.ts'
import { LOAD_NUMBERS } from './load.ts'
import type { GateEntry, Ground, NumberEntry } from './number.ts'
import { PROCESSOR_NUMBERS } from './processor.ts'
import { RECOVERY_NUMBERS } from './recovery.ts'
import { REPLAY_NUMBERS } from './replay.ts'
import { SERVICE_NUMBERS } from './service.ts'
import { STORM_NUMBERS } from './storm.ts'
import { REGION_NUMBERS } from './regions.ts'
import { UPGRADE_NUMBERS } from './upgrade.ts'
import { SINK_NUMBERS } from './sinks.ts'
import { SOURCE_NUMBERS } from './sources.ts'

/** Every number of a run that was judged, by its name, in the order of a comparison. */
export const NUMBERS: ReadonlyMap<string, NumberEntry> = new Map(
  Object.entries({
    ...SERVICE_NUMBERS,
    ...RECOVERY_NUMBERS,
    ...STORM_NUMBERS,
    ...REPLAY_NUMBERS,
    ...SINK_NUMBERS,
    ...PROCESSOR_NUMBERS,
    ...SOURCE_NUMBERS,
    ...REGION_NUMBERS,
    ...UPGRADE_NUMBERS,
    ...AUDIT_NUMBERS,
    ...LOAD_NUMBERS,
  }),
)

/** Those that a drill can set a limit to, by the name that it gives them there. */
export const GATES: ReadonlyMap<string, GateEntry> = new Map(
  [...NUMBERS].flatMap(([name, entry]) => (entry.noGate === undefined ? [[name, entry] as const] : [])),
)

/** @throws AftershockError `input` for a gate of another version. */
export function gateOf(name: string): GateEntry {
  const entry = GATES.get(name)
  if (entry) return entry
  throw new AftershockError('input', `this version has no gate '${name}'`, {
    hint: 'judge the run with the version that ran it: its run.json names it',
  })
}

export function gatesRestingOn(...grounds: readonly Ground[]): string[] {
  return [...GATES].flatMap(([name, { rests = [] }]) =>
    grounds.some(ground => rests.includes(ground)) ? [name] : [],
  )
}
