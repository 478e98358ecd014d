import type { Drill } from '../core/drill.ts'
import { AftershockError } from '../core/errors.ts'
import { printableDeep } from '../core/printable.ts'
import type { LoadedDrill } from '../drill/load-drill.ts'
import type { EnvironmentKind, PlatformChoice } from '../drivers/environment.ts'
import { judgeRun } from '../judge/judge-run.ts'
import { liveView, plainLines } from '../run/live-view.ts'
import { currentCommit } from '../run/prepare.ts'
import type { RunOutcome, RunWatcher } from '../run/run-context.ts'
import { runDrill } from '../run/run-drill.ts'
import { systemClock } from '../system-clock.ts'
import { GUARDIAN_HEALS, interruption } from './interruption.ts'
import { type Io, widthOf } from './io.ts'
import type { sealingKey } from './seal.ts'

/** One drill on one platform, to be run once or several times. */
export interface Job {
  readonly loaded: LoadedDrill
  readonly seed: string
  readonly kind: EnvironmentKind
  readonly choice: PlatformChoice
  readonly sealing: ReturnType<typeof sealingKey>
  readonly io: Io
  /** Looks on beside the terminal. @default nobody */
  readonly onlooker?: RunWatcher
  /** Ends it early, as an interruption does: it heals on its way out. @default only who interrupts it */
  readonly signal?: AbortSignal
  /** Whether programs that the drill names may run. */
  readonly allowCommands: boolean
}

/** One run and its judgement, which an interrupted one does not get. */
export async function runAndJudge(job: Job, id: string, runDir: string) {
  const outcome = await perform(job, id, runDir)
  if (outcome.interrupted) return { outcome, judged: null }
  const progress = (line: string) => void job.io.stderr.write(`${line}\n`)
  return { outcome, judged: await judgeRun(runDir, { ...job.sealing, progress }) }
}

/** On the lab that is up, else on one of its own. */
async function perform(job: Job, id: string, runDir: string): Promise<RunOutcome> {
  const { loaded, seed, kind, choice, io } = job
  using stop = interruption(GUARDIAN_HEALS, io.stderr)
  const signal = job.signal ? AbortSignal.any([stop.signal, job.signal]) : stop.signal
  const terminal = io.isTerminal
    ? liveView({ write: text => io.stderr.write(text, 'drawn') }, () => widthOf(io.stderr), choice.platform)
    : plainLines(io.stderr)
  const watch = printableWatch(job.onlooker ? bothWatch(terminal, job.onlooker) : terminal)
  const progress = (line: string) => watch.progress(line)
  try {
    const setup = { env: io.env, clock: systemClock, progress, signal }
    return await runDrill({
      loaded,
      run: id,
      runDir,
      seed,
      environment: await kind.prepare(loaded.drill, choice, setup),
      commit: await currentCommit(),
      clock: systemClock,
      signal,
      watch,
      allowCommands: job.allowCommands,
    })
  } catch (error) {
    if (!signal.aborted || (error instanceof AftershockError && error.code === 'unhealed')) throw error
    return { interrupted: true, aborted: false, unhealed: [], runDir }
  }
}

function bothWatch(one: RunWatcher, other: RunWatcher): RunWatcher {
  return {
    progress(line) {
      one.progress(line)
      other.progress(line)
    },
    journal(line) {
      one.journal(line)
      other.journal(line)
    },
    live(...seen) {
      one.live(...seen)
      other.live(...seen)
    },
  }
}

/** Titles, ids and what brokers and clients said go to a screen that is drawn on. */
function printableWatch(watch: RunWatcher): RunWatcher {
  const safe = new WeakMap<Drill, Drill>()
  return {
    progress: line => watch.progress(printableDeep(line)),
    journal: line => watch.journal(printableDeep(line)),
    live(live, clock, drill) {
      const shown = safe.get(drill) ?? printableDeep(drill)
      safe.set(drill, shown)
      watch.live(live, clock, shown)
    },
  }
}
