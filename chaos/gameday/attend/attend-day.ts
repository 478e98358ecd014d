import type { Clock } from '../../core/clock.ts'
import { AftershockError, messageOf } from '../../core/errors.ts'
import { waitFor } from '../../core/wait.ts'
import type { Verdict } from '../../core/verdict.ts'
import type { DayTask } from './day-task.ts'
import type { Taken, TaskAnswers } from './task-answers.ts'

/** How a drill ended that was carried out here. */
export type Carried =
  | {
      readonly kind: 'judged'
      readonly status: number
      readonly verdict: Verdict
      /** Where its sealed evidence is stored. */
      readonly evidence: string
    }
  | { readonly kind: 'failed'; readonly error: string; readonly cause: string }

/** What whoever attends a day on its runner has to hand. */
export interface Attending {
  readonly clock: Clock
  /** Of the machine's end. */
  readonly signal: AbortSignal
  readonly answers: TaskAnswers
  /** null: there is none yet. */
  task(): Promise<DayTask | null>
  /** Whether its drill was begun here before, by a program that is gone. */
  isBegun(task: DayTask): boolean
  noteBegun(task: DayTask): void
  /** Runs the drill and stores what came of it; heals and ends when the signal aborts. */
  carryOut(task: DayTask, signal: AbortSignal): Promise<Carried>
  /** Stores what there is of a drill that failed. @returns where, in words */
  keep(task: DayTask): Promise<string>
  readonly progress: (line: string) => void
}

/** From the boot of the runner until there is something to do: longer than the machine of the day waits. */
const TASK_MS = 1_800_000
/** Signs of life in the time in which one has to come. */
const BEATS = 6
/** Of the run's time, for healing, the seal and the upload, once the drill is told to end. */
const RESERVE = 0.25
const MOST_RESERVE_MS = 900_000

/**
 * One day on its runner: says that it is here, runs the drill it is told to, gives signs of life meanwhile, and answers how
 * it ended. Whatever goes wrong is answered too, so that the machine of the day heals at once and not when it misses
 * signs of life. A drill is begun once: whoever is started again after that says so, and runs nothing.
 * @throws AftershockError `unavailable` when nothing was to be done in half an hour, or nobody takes the answer
 */
export async function attendDay(attending: Attending): Promise<void> {
  const task = await taskOf(attending)
  const carried = attending.isBegun(task)
    ? failed(
        'RunnerRestarted',
        'the program of the runner died in the middle of the run, and was started again',
      )
    : await carryOut(attending, task)
  const taken = await answer(attending, task, carried)
  attending.progress(
    `${task.day}: ${carried.kind === 'judged' ? `${carried.verdict}, ${carried.evidence}` : `${carried.error}: ${carried.cause}`}${taken === 'refused' ? ' (nobody waits for that any more)' : ''}`,
  )
  if (carried.kind === 'failed') attending.progress(await attending.keep(task))
}

const failed = (error: string, cause: string): Carried => ({ kind: 'failed', error, cause })

async function taskOf(attending: Attending): Promise<DayTask> {
  const { answers, clock, signal, progress } = attending
  const answered = new Set<string>()
  const next = async () => {
    const told = await attending.task()
    if (!told || answered.has(told.token)) return false
    if (told.phase === 'run' && (await answers.beat(told.token)) === 'taken') return told
    answered.add(told.token)
    const taken = told.phase === 'ready' ? await answers.success(told.token, {}) : 'refused'
    progress(
      taken === 'taken' ? `${told.day}: ready` : `${told.day}: nobody waits for that task (${told.phase})`,
    )
    return false
  }
  return waitFor('a task of a game day', next, { clock, deadlineMs: TASK_MS, everyMs: 2000, signal })
}

async function carryOut(attending: Attending, task: DayTask): Promise<Carried> {
  const { clock, signal, progress } = attending
  const over = new AbortController()
  const runMs = task.runSeconds * 1000
  const lateMs = runMs - Math.min(MOST_RESERVE_MS, runMs * RESERVE)
  attending.noteBegun(task)
  const done = new AbortController()
  const end = (why: string) => {
    if (over.signal.aborted || done.signal.aborted) return
    progress(`${task.day}: the drill is ended: ${why}`)
    over.abort(new AftershockError('interrupted', why))
  }
  const late = clock.sleep(lateMs, done.signal).then(
    () => end(`it did not end in ${lateMs / 1000} s`),
    () => {},
  )
  const beats = beat(attending, task, done.signal, end)
  const interrupted = () => end('the runner is shut down')
  signal.addEventListener('abort', interrupted, { once: true })
  try {
    const carried = await attending.carryOut(task, over.signal)
    // What ended early was not judged for what it is.
    return over.signal.aborted && carried.kind === 'failed'
      ? failed('Ended', `${messageOf(over.signal.reason)}; ${carried.cause}`)
      : carried
  } catch (error) {
    return failed('RunnerFailed', messageOf(error))
  } finally {
    signal.removeEventListener('abort', interrupted)
    done.abort('done')
    await Promise.all([late, beats])
  }
}

/** A token that is refused is a run that was given up: whoever waited for it heals already. */
async function beat(
  { clock, answers, progress }: Attending,
  { token, heartbeatSeconds }: DayTask,
  done: AbortSignal,
  end: (why: string) => void,
): Promise<void> {
  const lostMs = heartbeatSeconds * 1000
  let lastMs = clock.now()
  while (!done.aborted) {
    const taken = await answers.beat(token).catch((error: unknown) => messageOf(error))
    if (taken === 'refused') return end('nobody waits for it any more')
    if (taken === 'taken') lastMs = clock.now()
    else progress(`no sign of life was taken: ${taken}`)
    if (clock.now() - lastMs >= lostMs) return end(`no sign of life was taken for ${heartbeatSeconds} s`)
    await clock.sleep(lostMs / BEATS, done).catch(() => {})
  }
}

/** Until it is taken or refused, as long as somebody may wait for it. */
async function answer(
  { clock, answers, progress }: Attending,
  { token, heartbeatSeconds }: DayTask,
  carried: Carried,
): Promise<Taken> {
  const once = async () => {
    try {
      if (carried.kind === 'failed') return await answers.failure(token, carried.error, carried.cause)
      const { status, verdict, evidence } = carried
      return await answers.success(token, { status, verdict, evidence })
    } catch (error) {
      progress(`the answer was not taken: ${messageOf(error)}`)
      return false
    }
  }
  return waitFor('an answer to be taken', once, {
    clock,
    deadlineMs: heartbeatSeconds * 1000,
    everyMs: 2000,
  })
}
