import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../../core/clock.ts'
import { messageOf } from '../../core/errors.ts'
import { EXIT } from '../../core/exit-codes.ts'
import { within } from '../../core/wait.ts'
import { writeText } from '../../record/bounded-files.ts'
import { readScorecard } from '../../record/scorecard.ts'
import { awsCli, storeOnce } from '../../run/store-once.ts'
import { RUN_FOLDER } from '../day-record.ts'
import type { Attending, Carried } from './attend-day.ts'
import { dayProcess, type EndedProcess } from './day-process.ts'
import type { DayTask } from './day-task.ts'
import { unpackDays } from './given-days.ts'

export interface RunnerPlace {
  /** Where days are carried out, a folder for each execution. */
  readonly folder: string
  /** What the deployment gave: `given-days.ts`. */
  readonly daysFile: string
  /** Where the folder of a day is put, as `s3://bucket/prefix`. */
  readonly evidence: string
  /** How long it is locked there. */
  readonly lockedMs: number
  readonly program: readonly string[]
  readonly clock: Clock
  /** The signed approval of a day; null: there is none. */
  approval(day: string): Promise<string | null>
  readonly write: (text: string) => void
}

/** Of one file; and of all that is left of a drill that failed, which whoever heals waits for. */
const FILE_MS = 120_000
const KEEP_MS = 240_000

/** What a day's drill needs of the machine that it is carried out on. */
export function dayOn(place: RunnerPlace): Pick<Attending, 'isBegun' | 'noteBegun' | 'carryOut' | 'keep'> {
  const folderOf = (task: DayTask) => join(place.folder, task.run)
  const mark = (task: DayTask) => join(folderOf(task), 'begun')
  return {
    isBegun: task => existsSync(mark(task)),
    noteBegun(task) {
      mkdirSync(folderOf(task), { recursive: true })
      writeText(mark(task), `${task.day}\n`)
    },
    carryOut: (task, signal) => carryOut(place, task, folderOf(task), signal),
    async keep(task) {
      const dir = folderOfDay(folderOf(task))
      if (dir === null) return 'it has left nothing to store'
      try {
        const stored = within('what is left to be stored', store(place, dir), {
          clock: place.clock,
          deadlineMs: KEEP_MS,
        })
        return `what is left of it, which nobody judged: ${await stored}`
      } catch (error) {
        return messageOf(error)
      }
    },
  }
}

async function carryOut(
  place: RunnerPlace,
  task: DayTask,
  folder: string,
  signal: AbortSignal,
): Promise<Carried> {
  const { program, clock, write } = place
  const days = unpackDays(place.daysFile, folder)
  const approval = await place.approval(task.day)
  const approvalFile = join(folder, 'approval.json')
  if (approval !== null) writeText(approvalFile, approval)
  const args = [
    ['gameday', 'run', task.day],
    ['--calendar', days.calendar, '--people', days.people],
    // The runner is in the network of its environment.
    ['--place', days.place, '--held-for', task.run, '--through', 'network'],
    ['--out', join(folder, OUT)],
    approval === null ? [] : ['--approval', approvalFile],
  ].flat()
  const ended = await dayProcess({ program, args, cwd: folder, signal, clock, write })
  const verdict = verdictOf(ended, folder)
  if (verdict === null) return failure(ended)
  const dir = folderOfDay(folder) as string
  try {
    const evidence = `${await store(place, dir)}${RUN_FOLDER}/`
    return { kind: 'judged', status: ended.status ?? EXIT.internal, verdict, evidence }
  } catch (error) {
    // Evidence that is nowhere but on a machine that goes is none.
    return { kind: 'failed', error: 'NotStored', cause: `${verdict}, and ${messageOf(error)}` }
  }
}

const OUT = 'gamedays'

/** The one that the run made. */
function folderOfDay(folder: string): string | null {
  const out = join(folder, OUT)
  const [name] = existsSync(out) ? readdirSync(out) : []
  return name === undefined ? null : join(out, name)
}

/** Of a run that was judged and ended as its verdict has it; else null. */
function verdictOf({ status }: EndedProcess, folder: string) {
  if (status !== EXIT.pass && status !== EXIT.fail && status !== EXIT.inconclusive) return null
  const dir = folderOfDay(folder)
  const card = dir === null ? null : readScorecard(join(dir, RUN_FOLDER))
  return card && EXIT[card.verdict] === status ? card.verdict : null
}

const ERRORS: Readonly<Record<number, string>> = {
  [EXIT.usage]: 'Usage',
  [EXIT.input]: 'Input',
  [EXIT.unavailable]: 'Unavailable',
  [EXIT.refused]: 'Refused',
  [EXIT.unhealed]: 'Unhealed',
  [EXIT.interrupted]: 'Interrupted',
}

function failure({ status, how }: EndedProcess): Carried {
  if (status === null) return { kind: 'failed', error: 'RunDied', cause: how }
  return { kind: 'failed', error: ERRORS[status] ?? 'RunFailed', cause: how }
}

function store({ evidence, lockedMs, clock }: RunnerPlace, dir: string): Promise<string> {
  const lockedUntil = new Date(clock.wallMs() + lockedMs).toISOString()
  return storeOnce(dir, evidence, { aws: awsCli(FILE_MS), lockedUntil })
}
