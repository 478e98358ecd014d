import { mkdirSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import {
  type PlatformId,
  idOfChoice,
  nameOfId,
  platformId,
  versionOfChoice,
} from '../platforms/platform-id.ts'
import type { Comparison } from '../compare/comparison.ts'
import { shownPath } from '../drill/shipped-drills.ts'
import { findRuns } from '../compare/find-runs.ts'
import { finishComparison } from '../compare/finish-comparison.ts'
import {
  type Performed,
  type PerformOptions,
  type PlatformPort,
  performRuns,
} from '../compare/perform-runs.ts'
import { LOCK_FILE, PLAN_FILE, planFile } from '../compare/plan-file.ts'
import { printComparison } from '../compare/print-comparison.ts'
import { ORDER_RULE } from '../compare/repeat-order.ts'
import { REST_AT_MOST_MS } from '../compare/rested-machine.ts'
import { AftershockError } from '../core/errors.ts'
import { EXIT } from '../core/exit-codes.ts'
import { PLATFORMS } from '../platforms/index.ts'
import { PLATFORM_OPTION_NAMES, type PlatformOptionValues } from '../platforms/options.ts'
import { printableDeep } from '../core/printable.ts'
import { parseDurationMs } from '../core/units.ts'
import { loadDrill } from '../drill/load-drill.ts'
import { refuseOtherFolder } from '../out-place.ts'
import type { PlatformChoice } from '../drivers/environment.ts'
import { environmentOf, labOfMachine } from '../drivers/index.ts'
import { withProcessLock } from '../machine/process-lock.ts'
import { checkDrill } from '../run/check-drill.ts'
import { healRun } from '../run/heal.ts'
import { currentCommit, programVersions, runId } from '../run/prepare.ts'
import { readJson } from '../record/bounded-files.ts'
import { systemClock } from '../system-clock.ts'
import { requireHealthyMachine } from './doctor-first.ts'
import { GUARDIAN_HEALS, interruption } from './interruption.ts'
import { ExitStatus, type Io } from './io.ts'
import { type Job, runAndJudge } from './perform.ts'
import { addPlatformOptions, optionsFor, platformChoice } from './platform-options.ts'
import { sealingKey } from './seal.ts'

interface Options extends PlatformOptionValues {
  readonly drill?: string
  readonly platforms?: string
  readonly repeat?: number
  readonly rest?: number
  readonly seed?: string
  readonly out?: string
  readonly workload?: string
  readonly prices?: string
  readonly json?: true
  readonly key?: string
  readonly allowCommands?: true
}

/** Fewer have no interval: docs/statistics.md. */
const USUAL_REPEATS = 3
const USUAL_DRILL = 'compare'
/** By which the folder of a comparison is known. */
const COMPARISON_FILES = [PLAN_FILE, 'comparison.json']
const USUAL_PLATFORMS = PLATFORMS.filter(({ variantOf }) => variantOf === null)
  .map(({ name }) => name)
  .join(',')

export function register(program: Command, io: Io): void {
  addPlatformOptions(
    program
      .command('compare')
      .description('the same drill on several platforms, side by side: behaviour, traffic and cost')
      .argument('[dirs...]', 'runs that exist: folders of runs, or of repeats. Without any, --drill is run')
      .option(
        '--drill <drill>',
        `a drill file, or the name of one that is shipped (with --platforms, default: ${USUAL_DRILL})`,
      )
      .option(
        '--platforms <list>',
        `separated by commas, each with a version or without: kafka@4.3.1,kafka@4.4.0 (default: ${USUAL_PLATFORMS})`,
      )
      .option('--repeat <count>', `runs of each platform (default: ${USUAL_REPEATS})`, numberOfRuns)
      .option('--rest <time>', 'how long a run waits for a rested machine at most (default: 3m)', restTime)
      .option('--seed <seed>', 'instead of the one in the drill')
      .option('--out <dir>', 'where the comparison goes; one that was interrupted there goes on')
      .option('--workload <file>', 'your workload (chaos/cost/workloads/fleet.yaml shows one)')
      .option('--prices <file>', 'your price table, in the format of `aftershock prices list --json`')
      .option('--json', 'comparison.json on standard output; progress on standard error')
      .option('--key <file>', 'sign the evidence with this private key; default: $AFTERSHOCK_KEY')
      .option(
        '--allow-commands',
        'let the drill run programs of its author’s, in each of its runs; they have your rights',
      ),
  ).action(async (dirs: string[], options: Options) => {
    if (dirs.length > 0) await compareExisting(dirs, options, io)
    else if (options.drill !== undefined || options.platforms !== undefined)
      await performAndCompare(options.drill ?? USUAL_DRILL, options, io)
    else
      throw new AftershockError('usage', 'compare needs folders of runs, or --drill, or --platforms', {
        hint: 'for example: aftershock compare --platforms kafka,kafka-tiered --out comparison',
      })
  })
}

async function compareExisting(dirs: readonly string[], options: Options, io: Io): Promise<void> {
  const forNewOnes = (
    [
      'drill',
      'platforms',
      'repeat',
      'rest',
      'seed',
      'key',
      'allowCommands',
      ...PLATFORM_OPTION_NAMES,
    ] as const
  ).find(name => options[name] !== undefined)
  if (forNewOnes)
    throw new AftershockError(
      'usage',
      `runs that exist are compared as they are: --${dashed(forNewOnes)} is for new ones`,
      { hint: 'leave it out, or leave the folders out and name a drill with --drill' },
    )
  if (options.out === undefined)
    throw new AftershockError('usage', 'compare needs --out: the folder of the comparison', {
      hint: 'for example: aftershock compare runs/A runs/B --out comparison',
    })
  const given = dirs.flatMap(dir => findRuns(resolve(io.cwd, dir)))
  const runDirs = [...new Set(given)]
  if (given.length > runDirs.length)
    io.stderr.write(`${given.length - runDirs.length} of the runs were given twice; each counts once\n`)
  const outDir = resolve(io.cwd, options.out)
  refuseOtherFolder(outDir, COMPARISON_FILES)
  if (io.isTerminal) io.stderr.write(`runs to read: ${runDirs.length}\n`)
  const known = planOf(dirs, io)
  const comparison = await finish(
    { runDirs, outDir, notRun: [], asked: null, rule: null, ...known },
    options,
    io,
  )
  end(comparison, outDir, options, io)
}

/** A folder that `compare` made says itself what was asked for, and what could not be run. */
function planOf(dirs: readonly string[], io: Io) {
  const [only] = dirs
  const plan = dirs.length === 1 && only ? readJson(join(resolve(io.cwd, only), PLAN_FILE), planFile) : null
  return plan && { notRun: plan.notRun, asked: plan.repeat, rule: plan.rule }
}

async function performAndCompare(name: string, options: Options, io: Io): Promise<void> {
  const loaded = await loadDrill(name, io.cwd)
  const choices = new Map(
    (options.platforms ?? USUAL_PLATFORMS)
      .split(',')
      .map(one => one.trim())
      .map(platform => platformChoice({ platform, ...optionsFor(platform, options) }, io))
      .map(choice => [idOfChoice(choice), choice] as const),
  )
  const platforms = [...choices.keys()]
  refuseSameTwice([...choices.values()])
  const sealing = sealingKey(options.key, io)
  const kind = environmentOf('local')
  const seed = options.seed ?? loaded.drill.seed
  const allowCommands = options.allowCommands ?? false
  for (const platform of platforms)
    await checkDrill(loaded, kind.outline(loaded.drill, nameOfId(platform)), { seed, allowCommands })
  const id = runId(loaded.drill.drill, systemClock.wallMs())
  const outDir = resolve(io.cwd, options.out ?? join('runs', `${id}-comparison`))
  refuseOtherFolder(outDir, COMPARISON_FILES, [LOCK_FILE])
  await requireHealthyMachine(io)
  await refuseStandingLab(io)
  const repeat = options.repeat ?? USUAL_REPEATS
  const progress = (line: string) => void io.stderr.write(`${line}\n`)
  using stop = interruption(GUARDIAN_HEALS, io.stderr)
  const job = { loaded, seed, kind, sealing, io, allowCommands }
  mkdirSync(outDir, { recursive: true })
  const wanted: PerformOptions = {
    outDir,
    drill: loaded.drill.drill,
    drillSha256: loaded.sha256,
    seed,
    platforms,
    repeat,
    conditions: { ...programVersions(), commit: (await currentCommit()) ?? 'not a checkout' },
    port: portOf(job, id, choices, stop.signal),
    progress,
    signal: stop.signal,
    clock: systemClock,
    machine: { cpus: cpus().length, load1: () => loadavg()[0] ?? 0 },
    restAtMostMs: options.rest ?? REST_AT_MOST_MS,
  }
  const taken = (pid: number) => ({
    message: `process ${pid} is working on the comparison in ${shownPath(outDir, io.cwd)}`,
    hint: 'wait for it, or begin another with --out',
  })
  const performing = withProcessLock(join(outDir, LOCK_FILE), taken, () => performRuns(wanted))
  const performed = await unlessInterrupted(performing, stop.signal)
  if (performed === null || performed.interrupted) {
    progress(
      `Interrupted; everything is healed and ended. To go on, run the same command with --out ${shownPath(outDir, io.cwd)}: finished runs are kept.`,
    )
    throw new ExitStatus(EXIT.interrupted)
  }
  progress('comparing')
  const comparison = await finish({ ...performed, outDir, asked: repeat, rule: ORDER_RULE }, options, io)
  end(comparison, outDir, options, io)
}

/** The shipped version with its number, and without, would be one column with the runs of two. */
function refuseSameTwice(choices: readonly PlatformChoice[]): void {
  const ids = choices.map(choice => platformId(versionOfChoice(choice)))
  const twice = ids.find((id, index) => ids.indexOf(id) !== index)
  if (twice === undefined) return
  throw new AftershockError('usage', `--platforms has ${twice} twice`, {
    hint: 'name each version once; more runs of it are --repeat',
  })
}

/** null when Ctrl-C ended it in the middle of something that only knows how to fail; what is left broken still counts. */
async function unlessInterrupted(
  performing: Promise<Performed>,
  signal: AbortSignal,
): Promise<Performed | null> {
  try {
    return await performing
  } catch (error) {
    if (!signal.aborted || (error instanceof AftershockError && error.code === 'unhealed')) throw error
    return null
  }
}

/** Each run has an environment of its own, of the platform that it is about. */
function portOf(
  job: Omit<Job, 'choice'>,
  id: string,
  choices: ReadonlyMap<PlatformId, PlatformChoice>,
  signal: AbortSignal,
): PlatformPort {
  const { io } = job
  const choiceFor = (of: PlatformId): PlatformChoice => choices.get(of) ?? { platform: nameOfId(of) }
  const progress = (line: string) => void io.stderr.write(`${line}\n`)
  return {
    async availability(platform) {
      try {
        const setup = { env: io.env, clock: systemClock, progress, signal }
        await job.kind.prepare(job.loaded.drill, choiceFor(platform), setup)
        return { available: true }
      } catch (error) {
        if (!(error instanceof AftershockError) || error.code !== 'unavailable') throw error
        return { available: false, reason: error.message, hint: error.hint ?? null }
      }
    },
    async perform(platform, number, runDir) {
      const choice = choiceFor(platform)
      const { outcome, judged } = await runAndJudge({ ...job, choice }, `${id}-${platform}-${number}`, runDir)
      return { ...outcome, verdict: judged ? judged.scorecard.verdict : null }
    },
    async heal(runDir) {
      await healRun(runDir, 'heal-command', systemClock)
    },
  }
}

type What = Omit<Parameters<typeof finishComparison>[0], 'workload' | 'prices' | 'atWallMs'>

function finish(what: What, { workload, prices }: Options, io: Io): Promise<Comparison> {
  const at = (path: string | undefined) => (path === undefined ? undefined : resolve(io.cwd, path))
  return finishComparison({
    ...what,
    workload: at(workload),
    prices: at(prices),
    atWallMs: systemClock.wallMs(),
  })
}

function end(comparison: Comparison, outDir: string, { json }: Options, io: Io): never {
  io.stdout.write(
    json
      ? `${JSON.stringify(comparison)}\n`
      : `${printComparison(printableDeep(comparison))}\nReport: ${shownPath(join(outDir, 'report.html'), io.cwd)}\nNumbers: comparison.json and comparison.csv beside it\n`,
  )
  throw new ExitStatus(EXIT[comparison.verdict])
}

/** It runs one platform, and it is warmer than one that was started for its run. */
async function refuseStandingLab(io: Io): Promise<void> {
  if (!(await labOfMachine()).isStanding(io.env)) return
  throw new AftershockError('refused', 'a lab is up, and a comparison starts one for each of its runs', {
    hint: 'aftershock lab down, or set AFTERSHOCK_LAB=1',
  })
}

function restTime(text: string): number {
  try {
    return parseDurationMs(text)
  } catch (error) {
    throw new AftershockError('usage', `--rest is '${text}'`, { hint: 'for example 3m, or 0s', cause: error })
  }
}

function numberOfRuns(text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= 100) return number
  throw new AftershockError('usage', `--repeat is '${text}'`, { hint: 'it is a number from 1 to 100' })
}

const dashed = (name: string): string => name.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
