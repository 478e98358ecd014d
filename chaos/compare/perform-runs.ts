import { mkdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { PlatformId } from '../platforms/platform-id.ts'
import type { Clock } from '../core/clock.ts'
import { AftershockError, messageOf } from '../core/errors.ts'
import { platformTitle } from '../platforms/index.ts'
import { endsAll, type RunResult } from '../run/repeat.ts'
import type { NotRun } from './compare-runs.ts'
import { isRun } from './find-runs.ts'
import { openPlan, type PlanEntry, type PlanFile, writePlan } from './plan-file.ts'
import { readRun } from './read-run.ts'
import { type Machine, type Rest, rest } from './rested-machine.ts'
import { nameOf, ORDER_RULE, type PlannedRun, repeatOrder } from './repeat-order.ts'
import { runState, setAside } from './run-state.ts'
import { refuseDifferent, refuseTwice } from './same-conditions.ts'

export type Availability =
  | { readonly available: true }
  | { readonly available: false; readonly reason: string; readonly hint: string | null }

/** What a comparison needs of an environment: whatever it is, and however it runs a drill. */
export interface PlatformPort {
  /** Whether the platform can be run here; asked once, before anything starts. */
  availability(platform: PlatformId): Promise<Availability>
  /** One run, judged and sealed, into a folder that is not there yet. */
  perform(platform: PlatformId, number: number, runDir: string): Promise<RunResult>
  /** Undoes what a run that died left behind. @throws AftershockError `refused` while it is alive. */
  heal(runDir: string): Promise<void>
}

export interface PerformOptions {
  readonly outDir: string
  readonly drill: string
  readonly drillSha256: string
  readonly seed: string
  readonly platforms: readonly PlatformId[]
  readonly repeat: number
  readonly conditions: Readonly<Record<string, string>>
  readonly port: PlatformPort
  readonly progress: (line: string) => void
  /** Aborted by an interruption: no other run is begun. */
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly machine: Machine
  /** For how long a run waits for the one before it to be forgotten. */
  readonly restAtMostMs: number
}

export interface Performed {
  /** Folders of runs, finished or failed. */
  readonly runDirs: readonly string[]
  readonly notRun: readonly NotRun[]
  readonly interrupted: boolean
}

/**
 * Runs a drill on every platform that can be run here, several times, interleaved. What an earlier attempt finished in
 * the same folder under the same conditions is kept.
 * @throws AftershockError `unavailable` when no platform can be run, `unhealed` when a run left something broken.
 */
export async function performRuns(options: PerformOptions): Promise<Performed> {
  const { outDir, progress, signal } = options
  const notRun = await unavailable(options)
  if (notRun.length === options.platforms.length) throw nothingRuns(notRun)
  for (const { platform, reason } of notRun) progress(`${platformTitle(platform)} is not run: ${reason}`)
  const series = new Series(options, notRun)
  await series.keepWhatIsFinished()
  const order = series.left()
  for (const [index, planned] of order.entries()) {
    if (signal.aborted) break
    progress(`${nameOf(planned)}: run ${index + 1} of ${order.length}`)
    const rested = await unlessAborted(rest(options), signal)
    if (rested === null) break
    mkdirSync(join(outDir, planned.platform), { recursive: true })
    const result = await series.perform(planned, rested)
    if (result === 'interrupted') break
  }
  return { runDirs: series.folders(), notRun, interrupted: signal.aborted || series.interrupted }
}

/** Ctrl-C while nothing runs ends nothing. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | null> {
  try {
    return await work
  } catch (error) {
    if (signal.aborted) return null
    throw error
  }
}

async function unavailable({ platforms, port }: PerformOptions): Promise<NotRun[]> {
  const notRun: NotRun[] = []
  for (const platform of platforms) {
    const answer = await port.availability(platform)
    if (!answer.available) notRun.push({ platform, reason: answer.reason, hint: answer.hint })
  }
  return notRun
}

function nothingRuns(notRun: readonly NotRun[]): AftershockError {
  const words = notRun.map(({ platform, reason }) => `${platformTitle(platform)}: ${reason}`).join('; ')
  const hints = notRun.flatMap(({ hint }) => hint ?? [])
  return new AftershockError('unavailable', `no platform can be run here: ${words}`, {
    hint: hints.join('\n'),
  })
}

/** The runs of a comparison, and `compare.json`, which follows each of their steps. */
class Series {
  private readonly options: PerformOptions
  private readonly notRun: ReadonlySet<PlatformId>
  private plan: PlanFile
  interrupted = false

  constructor(options: PerformOptions, notRun: readonly NotRun[]) {
    this.options = options
    this.notRun = new Set(notRun.map(({ platform }) => platform))
    const { drill, platforms, drillSha256, seed, repeat, conditions } = options
    this.plan = openPlan(options.outDir, {
      format: 1,
      drill,
      drillSha256,
      seed,
      platforms: [...platforms],
      repeat,
      rule: ORDER_RULE,
      conditions: { ...conditions },
      notRun: notRun.map(one => ({ ...one })),
      runs: repeatOrder(platforms, repeat).map(run => ({
        ...run,
        state: 'planned',
        verdict: null,
        why: null,
      })),
      setAside: [],
    })
    writePlan(options.outDir, this.plan)
  }

  /** Finished runs stay; half-finished ones are healed, moved aside and run again. */
  async keepWhatIsFinished(): Promise<void> {
    const { port, progress, outDir } = this.options
    for (const run of this.plan.runs) {
      const runDir = this.folderOf(run)
      const state = await runState(runDir)
      // What cannot be run again is left as it is.
      if (state === 'absent' || (state !== 'finished' && this.notRun.has(run.platform))) continue
      if (state === 'finished') {
        const { judged } = await readRun(runDir)
        this.mark(run, { state: 'kept', verdict: judged?.scorecard.verdict ?? null })
        progress(`${nameOf(run)} is there already: ${judged?.scorecard.verdict}`)
        continue
      }
      if (state === 'dead') await port.heal(runDir)
      const to = setAside(runDir)
      progress(`${nameOf(run)} was not finished: it is in ${relative(outDir, to)} now`)
      this.write({
        ...this.plan,
        setAside: [
          ...this.plan.setAside,
          {
            from: nameOf(run),
            to: relative(outDir, to),
            at: new Date(this.options.clock.wallMs()).toISOString(),
          },
        ],
      })
    }
    const kept = this.plan.runs.filter(({ state }) => state === 'kept').map(run => this.folderOf(run))
    const { drillSha256, seed } = this.options
    const runs = []
    for (const folder of kept) runs.push(await readRun(folder))
    refuseTwice(runs, run => relative(outDir, run.path))
    refuseDifferent(runs, run => relative(outDir, run.path))
    const other = runs.find(({ header }) => header.drillSha256 !== drillSha256 || header.seed !== seed)
    if (other)
      throw new AftershockError('input', `${other.path} is a run of another drill, or of another seed`, {
        hint: 'choose another folder with --out',
      })
  }

  left(): PlannedRun[] {
    return this.plan.runs.filter(({ state, platform }) => state !== 'kept' && !this.notRun.has(platform))
  }

  folders(): string[] {
    const begun = this.plan.runs.filter(
      ({ state, platform }) => state === 'kept' || !this.notRun.has(platform),
    )
    return begun.map(run => this.folderOf(run)).filter(isRun)
  }

  /** A run that cannot be performed is evidence too, and no reason to leave the others out. */
  async perform(run: PlannedRun, rested: Rest): Promise<'done' | 'interrupted'> {
    const { port, progress } = this.options
    this.mark(run, { state: 'begun', rested })
    let result: RunResult
    try {
      result = await port.perform(run.platform, run.number, this.folderOf(run))
    } catch (error) {
      const why = messageOf(error)
      this.mark(run, { state: 'failed', why })
      if (endsAll(error)) throw error
      progress(`${nameOf(run)} could not be performed: ${why}`)
      return 'done'
    }
    if (result.interrupted) {
      this.interrupted = true
      this.mark(run, { state: 'interrupted' })
      return 'interrupted'
    }
    this.mark(run, { state: 'done', verdict: result.verdict })
    progress(`${nameOf(run)}: ${result.verdict}`)
    if (result.unhealed.length > 0)
      throw new AftershockError(
        'unhealed',
        `not healed: ${result.unhealed.join(', ')}; the other runs were not begun`,
        {
          hint: `aftershock heal ${this.folderOf(run)}`,
        },
      )
    return 'done'
  }

  private folderOf({ platform, number }: PlannedRun): string {
    return join(this.options.outDir, platform, String(number))
  }

  private mark(run: PlannedRun, change: Partial<PlanEntry>): void {
    const runs = this.plan.runs.map(entry =>
      nameOf(entry) === nameOf(run) ? { ...entry, ...change } : entry,
    )
    this.write({ ...this.plan, runs })
  }

  private write(plan: PlanFile): void {
    this.plan = plan
    writePlan(this.options.outDir, plan)
  }
}
