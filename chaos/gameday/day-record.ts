import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { verdictSchema } from '../core/verdict.ts'
import { readJson, writeDocument } from '../record/bounded-files.ts'
import type { Measurements } from '../record/measurements.ts'
import type { Scorecard } from '../record/scorecard.ts'
import { gameDay } from './calendar.ts'

/** Where the run of a day lies, in the folder of the day. */
export const RUN_FOLDER = 'run'
const FILE = 'gameday.json'

const kept = z.strictObject({ ...gameDay.shape, lasts: z.number() })
const followUp = z.strictObject({ what: z.string(), owner: z.string(), because: z.string() })

/** `gameday.json`: what a day was to be, and what came of it. What it rests on is the run beside it. */
export const dayRecord = z.strictObject({
  format: z.literal(1),
  calendar: z.string(),
  day: kept,
  /** Of the day and its drill, as `approve` signs it. */
  digest: z.string(),
  approvedBy: z.string().nullable(),
  ranAt: z.iso.datetime(),
  run: z.string(),
  platform: z.string(),
  verdict: verdictSchema,
  /** The whole seal of the run, in words. */
  seal: z.string(),
  /** Of each fault: until service was good again for clients, in ms; null where it is not known. */
  recovery: z.array(z.strictObject({ fault: z.string(), sustainedMs: z.number().nullable() })),
  followUps: z.array(followUp),
})
export type DayRecord = z.output<typeof dayRecord>
export type FollowUp = z.output<typeof followUp>

export function writeDayRecord(dir: string, record: DayRecord): void {
  writeDocument(join(dir, FILE), record)
}

/** null when the folder is none of a game day. */
export function readDayRecord(dir: string): DayRecord | null {
  return readJson(join(dir, FILE), dayRecord)
}

/** The oldest first. */
export function readDays(folder: string): readonly { readonly dir: string; readonly record: DayRecord }[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .flatMap(({ name }) => {
      const dir = join(folder, name)
      const record = readDayRecord(dir)
      return record ? [{ dir, record }] : []
    })
    .toSorted((a, b) => (a.record.ranAt < b.record.ranAt ? -1 : 1))
}

/** The gate whose number it is. */
export const RECOVERY_GATE = 'sustained-recovery-seconds'

/**
 * As a gate of the drill has it, which may leave clients in a lost zone out; else of all clients. What could not be judged
 * is not known, whatever number stands there.
 */
export function recoveryOf(
  { rows }: Scorecard,
  { faults }: Pick<Measurements, 'faults'>,
): DayRecord['recovery'] {
  const gates = rows.flatMap(({ checks }) => checks).filter(({ check }) => check === RECOVERY_GATE)
  return faults
    .filter(({ injectedAt }) => injectedAt !== null)
    .map(({ id, everyone }) => {
      const gate = gates.find(({ subject }) => subject === id)
      if (!gate) return { fault: id, sustainedMs: everyone.sustainedMs.value }
      const isKnown = gate.value !== null && gate.verdict !== 'inconclusive'
      return { fault: id, sustainedMs: isKnown ? (gate.value as number) * 1000 : null }
    })
}

/** What did not pass asks for work: of the one owner that the row has, else of the day's. */
export function followUpsOf({ rows }: Scorecard, owner: string): FollowUp[] {
  return rows
    .filter(({ verdict }) => verdict === 'fail' || verdict === 'inconclusive')
    .map(row => {
      const worst = row.checks.find(({ verdict }) => verdict === row.verdict)
      return {
        what: row.next ?? `Find out what ${row.title.toLowerCase()} lacks.`,
        owner: row.owner === '' || row.owner.includes(', ') ? owner : row.owner,
        because: worst
          ? `${row.title}: ${worst.what} is ${worst.shown}, expected ${worst.expected}`
          : row.title,
      }
    })
}
