import { nameWithoutUnit } from '../core/quantity.ts'
import { type Metered, RESOURCE_NUMBERS } from '../cost/resource-numbers.ts'
import { NUMBERS } from '../numbers/index.ts'
import type { NumberEntry } from '../numbers/number.ts'
import type { About, Judged } from '../numbers/reading.ts'
import { dimensionOfFault } from '../score/fault-words.ts'
import type { FaultMeasurement } from '../record/measurements.ts'
import type { GateFile, HeaderFile } from '../record/run-header.ts'
import type { Measure } from './comparison.ts'
import type { JudgedRun } from './run-folder.ts'
import type { NumberOfRun } from './spread.ts'

/** One number that every run is asked for. */
export interface Question extends Omit<Measure, 'perPlatform'> {
  readonly ask: (run: JudgedRun, number: number) => NumberOfRun
}

type Entry = NumberEntry<Judged & Metered>

/** Every number that a comparison can have, by its name. */
export const COLUMNS: ReadonlyMap<string, Entry> = new Map<string, Entry>([
  ...NUMBERS,
  ...Object.entries(RESOURCE_NUMBERS),
])

/**
 * Pure: every number of a drill in the order of the catalogue, those of faults and of replays for each of its own. A
 * zone that cannot succeed is left out where the drill's gates leave it out.
 * @param measured the faults of all runs, which say what they exercise.
 */
export function questionsOf(
  { timeline, gates }: HeaderFile['drill'],
  measured: readonly FaultMeasurement[],
): Question[] {
  const faults = timeline.filter(entry => entry.role === 'fault')
  const replays = timeline.filter(entry => entry.role === 'action' && entry.kind === 'replay')
  return groupsOf([...COLUMNS]).flatMap(group => {
    if (group.of === 'run') return group.entries.map(entry => question(entry, {}))
    if (group.of === 'replay')
      return replays.flatMap(({ id }) => group.entries.map(entry => question(entry, { of: id })))
    return faults.flatMap(({ id, kind }) => {
      const dimension = dimensionOfFault(measured.find(fault => fault.id === id) ?? { kind })
      return faultQuestions(group.entries, id, dimension, zonesLeftOut(id, gates))
    })
  })
}

type Named = readonly [name: string, entry: Entry]
interface Group {
  readonly of: Entry['of']
  readonly entries: readonly Named[]
}

/** Neighbours that are about the same, so that all of one fault stand together. */
function groupsOf(entries: readonly Named[]): Group[] {
  const groups: { of: Entry['of']; entries: Named[] }[] = []
  for (const named of entries) {
    const last = groups.at(-1)
    if (last?.of === named[1].of) last.entries.push(named)
    else groups.push({ of: named[1].of, entries: [named] })
  }
  return groups
}

function faultQuestions(
  entries: readonly Named[],
  id: string,
  dimension: string,
  leftOut: readonly string[],
): Question[] {
  const byZone = entries.filter(([, entry]) => entry.takesOutsideOf)
  const others = entries.filter(([, entry]) => !entry.takesOutsideOf)
  // Where a zone cannot succeed, what the others saw is the number to look at.
  const ofAll = byZone.map(entry => question(entry, { of: id }, dimension))
  return [
    ...(leftOut.length === 0 ? ofAll : ofAll.map(one => ({ ...one, key: false }))),
    ...leftOut.flatMap(outsideOf => byZone.map(entry => question(entry, { of: id, outsideOf }, dimension))),
    ...others.map(entry => question(entry, { of: id }, dimension)),
  ]
}

function zonesLeftOut(id: string, gates: readonly GateFile[]): string[] {
  const zones = gates.flatMap(gate =>
    gate.outsideOf !== undefined && (gate.of === undefined || gate.of === id) ? [gate.outsideOf] : [],
  )
  return [...new Set(zones)]
}

function question([name, entry]: Named, about: About, dimension = entry.dimension): Question {
  const { column, what, unit, better, isKey, read } = entry
  return {
    dimension,
    measure: column ?? nameWithoutUnit(name, unit),
    label: what,
    subject: about.of ?? null,
    outsideOf: about.outsideOf ?? null,
    unit,
    better,
    key: isKey === true,
    ask: (judged, run) => {
      const [reading] = read(judged, about)
      if (!reading) return { run, value: null, why: 'not measured in this run' }
      const { value, why, atLeast, applies } = reading
      return {
        run,
        value,
        // A value may carry a remark; why there is none is what matters here.
        why: value === null ? (why ?? 'not measured in this run') : null,
        ...(atLeast === undefined ? {} : { atLeast }),
        ...(applies === false ? { applies } : {}),
      }
    },
  }
}
