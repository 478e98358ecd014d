import { shownPath } from '../drill/shipped-drills.ts'
import { join, resolve } from 'node:path'
import { EXIT } from '../core/exit-codes.ts'
import { printableDeep } from '../core/printable.ts'
import { shellWord } from '../core/shell-word.ts'
import { refuseTaken } from '../out-place.ts'
import { runId } from '../run/prepare.ts'
import { repeatRuns } from '../run/repeat.ts'
import { repeatSentence } from '../runs/repeat-line.ts'
import { renderRepeats } from '../report/repeats-table.ts'
import { renderScorecard } from '../report/terminal.ts'
import { systemClock } from '../system-clock.ts'
import { LiveFeed } from '../live/live-feed.ts'
import { serveLive } from '../live/serve-live.ts'
import { type CiOptions, shortText, writeCiFiles } from './ci-output.ts'
import { requireHealthyMachine } from './doctor-first.ts'
import { unhealedError } from './heal.ts'
import { ExitStatus, widthOf } from './io.ts'
import { type Job, runAndJudge } from './perform.ts'

interface Options extends CiOptions {
  readonly out?: string
  readonly json?: true
  readonly repeat?: number
  /** Where the page of the run is served; 0: a port that is free. @default it is not */
  readonly livePort?: number | undefined
}

/** Runs and judges what was checked and, unlike a plan, is meant. @throws ExitStatus with the verdict's status */
export async function carryOut(job: Job, options: Options): Promise<void> {
  const { loaded, io } = job
  const id = runId(loaded.drill.drill, systemClock.wallMs())
  const runDir = resolve(io.cwd, options.out ?? join('runs', id))
  refuseTaken(runDir)
  await requireHealthyMachine(io, job.kind.name === 'attach' ? 'attach' : 'local')
  if (options.repeat !== undefined) {
    await repeat(job, id, runDir, { ...options, repeat: options.repeat })
    return
  }
  const feed = options.livePort === undefined ? null : new LiveFeed(job.choice.platform)
  await using page = feed && (await serveLive(feed, options.livePort ?? 0, systemClock))
  if (page) io.stderr.write(`live: ${page.address}\n`)
  const { outcome, judged } = await runAndJudge(
    { ...job, ...(feed && { onlooker: feed }) },
    id,
    runDir,
  ).catch((error: unknown) => {
    page?.finish('the run failed; what happened is in its terminal', null)
    throw error
  })
  page?.finish(
    judged ? 'the run is over' : 'interrupted, and healed',
    judged ? join(runDir, 'report.html') : null,
  )
  if (!judged) {
    if (outcome.unhealed.length > 0) throw unhealedError(outcome.unhealed, runDir)
    io.stderr.write(
      `Interrupted; everything is healed and ended. What was seen is in ${shownPath(runDir, io.cwd)}.\n`,
    )
    throw new ExitStatus(EXIT.interrupted)
  }
  const { scorecard, seal } = judged
  const report = shownPath(join(runDir, 'report.html'), io.cwd)
  const short = shortText(scorecard, runDir, options, io)
  if (options.json) io.stdout.write(`${JSON.stringify({ dir: runDir, ...scorecard })}\n`)
  else if (short !== null) io.stdout.write(short)
  else {
    const style = { color: true, width: widthOf(io.stdout) }
    io.stdout.write(renderScorecard(printableDeep(scorecard), style), 'painted')
    io.stdout.write(
      `\nReport: ${report}\nEvidence: ${seal.sentence}.\nCheck it with: aftershock verify ${shellWord(shownPath(runDir, io.cwd))}\n${printableDeep(repeatSentence(runDir, io.cwd))}\n`,
    )
  }
  if (outcome.unhealed.length > 0) throw unhealedError(outcome.unhealed, runDir)
  writeCiFiles(scorecard, runDir, options, io)
  throw new ExitStatus(EXIT[scorecard.verdict])
}

async function repeat(
  job: Job,
  id: string,
  outDir: string,
  { repeat: times, json }: Options & { readonly repeat: number },
): Promise<void> {
  const { loaded, seed, choice, io } = job
  const { repeats, interrupted } = await repeatRuns({
    outDir,
    times,
    drill: loaded.drill,
    seed,
    platform: choice.platform,
    async perform(number, runDir) {
      const { outcome, judged } = await runAndJudge(job, `${id}-${number}`, runDir)
      return { ...outcome, verdict: judged ? judged.scorecard.verdict : null }
    },
    progress: line => void io.stderr.write(`${line}\n`),
  })
  if (json) io.stdout.write(`${JSON.stringify({ dir: outDir, ...repeats })}\n`)
  else
    io.stdout.write(
      `${renderRepeats(printableDeep(repeats))}\nRuns and repeats.json: ${shownPath(outDir, io.cwd)}\n`,
    )
  throw new ExitStatus(interrupted ? EXIT.interrupted : EXIT[repeats.verdict])
}
