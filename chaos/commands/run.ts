import { join, relative, resolve } from 'node:path'
import type { Command } from 'commander'
import { AftershockError } from '../core/errors.ts'
import { EXIT } from '../core/exit-codes.ts'
import { printableDeep } from '../core/printable.ts'
import { shellWord } from '../core/shell-word.ts'
import { withinWidth } from '../core/wrapped.ts'
import { loadDrill } from '../drill/load-drill.ts'
import { environmentOf } from '../drivers/index.ts'
import { refuseTaken } from '../out-place.ts'
import { checkDrill } from '../run/check-drill.ts'
import { runId } from '../run/prepare.ts'
import { printPlan } from '../run/plan.ts'
import { repeatRuns } from '../run/repeat.ts'
import { renderRepeats } from '../report/repeats-table.ts'
import { renderScorecard } from '../report/terminal.ts'
import { systemClock } from '../system-clock.ts'
import { requireHealthyMachine } from './doctor-first.ts'
import { unhealedError } from './heal.ts'
import { ExitStatus, type Io, widthOf } from './io.ts'
import { type Job, runAndJudge } from './perform.ts'
import {
  addPlatformOptions,
  platformChoice,
  platformOption,
  type PlatformOptions,
} from './platform-options.ts'
import { sealingKey } from './seal.ts'

interface Options extends PlatformOptions {
  readonly driver: string
  readonly out?: string
  readonly seed?: string
  readonly json?: true
  readonly key?: string
  readonly plan?: true
  readonly repeat?: number
  readonly allowCommands?: true
}

export function register(program: Command, io: Io): void {
  const describe = (command: Command) =>
    addPlatformOptions(
      command
        .argument('[drill]', 'a drill file, or the name of one that is shipped', 'first')
        .addOption(platformOption())
        .option('--driver <name>', 'local', 'local')
        .option('--out <dir>', 'the folder of the run (default: runs/<time>-<drill>)')
        .option('--seed <seed>', 'instead of the one in the drill')
        .option('--json', 'one JSON document on standard output; progress on standard error')
        .option(
          '--key <file>',
          'sign the evidence with this private key; default: $AFTERSHOCK_KEY, else it is sealed unsigned',
        ),
    )
      .option(
        '--repeat <count>',
        'run it N times, each into a folder in --out, and judge the runs together',
        numberOfRuns,
      )
      .option(
        '--allow-commands',
        'let the drill run programs of its author’s (operator-step: run); they have your rights',
      )
      .option('--plan', 'print what would happen, and touch nothing')
      .action(async (drill: string, options: Options) => run(drill, options, io))
  describe(program.command('run').description('run one drill: break, recover, replay, audit, judge'))
  describe(
    program.command('drill', { hidden: true }).description('the same as run; `npm run drill` calls it'),
  )
}

async function run(name: string, options: Options, io: Io): Promise<void> {
  const kind = environmentOf(options.driver)
  const choice = platformChoice(options, io)
  const loaded = await loadDrill(name, io.cwd)
  const seed = options.seed ?? loaded.drill.seed
  const allowCommands = options.allowCommands ?? false
  await checkDrill(loaded, kind.outline(loaded.drill, choice.platform), {
    seed,
    // A plan runs nothing.
    allowCommands: allowCommands || options.plan === true,
  })
  const sealing = sealingKey(options.key, io)
  if (options.plan) {
    const shownDrill = options.json ? loaded : printableDeep(loaded)
    const plan = await printPlan(shownDrill, seed, kind, choice, options.json ?? false, options.repeat)
    io.stdout.write(options.json ? plan : withinWidth(plan, widthOf(io.stdout)))
    return
  }
  const id = runId(loaded.drill.drill, systemClock.wallMs())
  const runDir = resolve(io.cwd, options.out ?? join('runs', id))
  refuseTaken(runDir)
  await requireHealthyMachine(io)
  const job: Job = { loaded, seed, kind, choice, sealing, io, allowCommands }
  if (options.repeat !== undefined) {
    await repeat(job, id, runDir, { ...options, repeat: options.repeat })
    return
  }
  const { outcome, judged } = await runAndJudge(job, id, runDir)
  if (!judged) {
    if (outcome.unhealed.length > 0) throw unhealedError(outcome.unhealed, runDir)
    io.stderr.write(
      `Interrupted; everything is healed and ended. What was seen is in ${shown(runDir, io)}.\n`,
    )
    throw new ExitStatus(EXIT.interrupted)
  }
  const { scorecard, seal } = judged
  const report = shown(join(runDir, 'report.html'), io)
  if (options.json) io.stdout.write(`${JSON.stringify({ dir: runDir, ...scorecard })}\n`)
  else {
    const style = { color: true, width: widthOf(io.stdout) }
    io.stdout.write(renderScorecard(printableDeep(scorecard), style), 'painted')
    io.stdout.write(
      `\nReport: ${report}\nEvidence: ${seal.sentence}.\nCheck it with: aftershock verify ${shellWord(shown(runDir, io))}\n`,
    )
  }
  if (outcome.unhealed.length > 0) throw unhealedError(outcome.unhealed, runDir)
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
    io.stdout.write(`${renderRepeats(printableDeep(repeats))}\nRuns and repeats.json: ${shown(outDir, io)}\n`)
  throw new ExitStatus(interrupted ? EXIT.interrupted : EXIT[repeats.verdict])
}

function numberOfRuns(text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 2 && number <= 1000) return number
  throw new AftershockError('usage', `--repeat is '${text}'`, {
    hint: 'it is a whole number from 2 to 1000; one run is what there is without it',
  })
}

function shown(path: string, io: Io): string {
  const short = relative(io.cwd, path)
  return short.startsWith('..') ? path : short
}
