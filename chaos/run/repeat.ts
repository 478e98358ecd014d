import { join } from 'node:path'
import { AftershockError, messageOf } from '../core/errors.ts'
import type { Drill } from '../core/drill.ts'
import type { Verdict } from '../core/verdict.ts'
import { makeNewFolder } from '../out-place.ts'
import { readJson, writeDocument } from '../record/bounded-files.ts'
import { readAudit } from '../record/audit-file.ts'
import { runHeader } from '../record/run-header.ts'
import { readMeasurements } from '../record/measurements.ts'
import { judgeRepeats, type RepeatedRun, type Repeats } from '../score/repeats.ts'

/** What one run came to, after it was judged; its folder has the rest. */
export interface RunResult {
  readonly interrupted: boolean
  readonly unhealed: readonly string[]
  /** null when it was interrupted. */
  readonly verdict: Verdict | null
}

export interface RepeatOptions {
  /** Each run has a folder in it, named by its number from 1 on. */
  readonly outDir: string
  readonly times: number
  readonly drill: Pick<Drill, 'drill' | 'gates'>
  /** The same for every run: the same targets and devices, so that what differs is not the drill. */
  readonly seed: string
  readonly platform: string
  readonly perform: (number: number, runDir: string) => Promise<RunResult>
  readonly progress: (line: string) => void
}

export interface RepeatOutcome {
  readonly repeats: Repeats
  readonly interrupted: boolean
}

/**
 * Runs a drill several times, one after the other, and judges the runs together. `repeats.json` is written
 * anew after each, so that it is there whatever ends the series. An interruption ends it; a run that cannot be
 * performed counts as one that cannot tell, except the first: then nothing could.
 * @throws AftershockError of the first run, and of any that left something unhealed.
 */
export async function repeatRuns(options: RepeatOptions): Promise<RepeatOutcome> {
  const { outDir, times, drill, seed, platform, perform, progress } = options
  makeNewFolder(outDir)
  const runs: RepeatedRun[] = []
  const judge = () => {
    const { software, regionSoftware } = readJson(join(outDir, '1', 'run.json'), runHeader) ?? {}
    const about = {
      drill: drill.drill,
      seed,
      platform,
      ...(software && { software }),
      ...(regionSoftware && { regionSoftware }),
      asked: times,
      gates: drill.gates,
    }
    const repeats = judgeRepeats(about, runs)
    writeDocument(join(outDir, 'repeats.json'), repeats)
    return repeats
  }
  for (let number = 1; number <= times; number++) {
    progress(`run ${number} of ${times}`)
    const dir = String(number)
    let result: RunResult
    try {
      result = await perform(number, join(outDir, dir))
    } catch (error) {
      if (number === 1 || endsAll(error)) throw error
      const why = messageOf(error)
      progress(`run ${number} could not be performed: ${why}`)
      runs.push({ dir, judged: null, verdict: null, why })
      judge()
      continue
    }
    if (result.interrupted) {
      runs.push({ dir, judged: null, verdict: null, why: 'interrupted' })
      return { repeats: judge(), interrupted: true }
    }
    runs.push({ dir, judged: readJudged(join(outDir, dir)), verdict: result.verdict, why: null })
    judge()
    if (result.unhealed.length > 0) throw unhealed(result.unhealed, join(outDir, dir))
  }
  return { repeats: judge(), interrupted: false }
}

/** What is wrong with the command, a guard, or something left broken is wrong for the next run of a series too. */
export function endsAll(error: unknown): boolean {
  return !(error instanceof AftershockError) || !['unavailable', 'internal'].includes(error.code)
}

function unhealed(ids: readonly string[], runDir: string): AftershockError {
  return new AftershockError('unhealed', `not healed: ${ids.join(', ')}; the other runs were not begun`, {
    hint: `aftershock heal ${runDir}`,
  })
}

/** From the files of the run, as anyone could judge it later. */
function readJudged(runDir: string): RepeatedRun['judged'] {
  const measured = readMeasurements(runDir)
  return measured && { measurements: measured, audit: readAudit(runDir) }
}
