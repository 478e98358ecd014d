import { relative, resolve } from 'node:path'
import type { Command } from 'commander'
import { LINES } from '../compatibility/lines/index.ts'
import { EXIT } from '../core/exit-codes.ts'
import { printableDeep } from '../core/printable.ts'
import { loadInputs } from '../cost/write-cost.ts'
import { loadContract } from '../drill/load-contract.ts'
import { durationOf } from '../fleet/kept-topics.ts'
import { checkContract } from '../governance/check-contract.ts'
import { bootstrapServers } from '../kafka/bootstrap-servers.ts'
import { DEFAULT_PLATFORM, platformOf } from '../platforms/index.ts'
import { judgeReadiness } from '../readiness/judge-readiness.ts'
import { newestCompatibility } from '../readiness/newest-compatibility.ts'
import { NewestRuns } from '../readiness/newest-runs.ts'
import type { ReadinessVerdict } from '../readiness/readiness-gate.ts'
import { readinessWords } from '../readiness/readiness-words.ts'
import { systemClock } from '../system-clock.ts'
import { type ClientLoginOptions, clientLogin, COMMAND_CONFIG } from './client-login.ts'
import { interruption } from './interruption.ts'
import { ExitStatus, type Io, widthOf } from './io.ts'
import { chosenPlatform } from './platform-options.ts'

interface Options extends ClientLoginOptions {
  readonly contract: string
  readonly platform: string
  readonly runs: string
  readonly workload?: string
  readonly prices?: string
  readonly bootstrap?: string
  readonly watch: string
  readonly json?: true
}

/** What was not run is no failure, and no pass either. */
const STATUS: Readonly<Record<ReadinessVerdict, number>> = {
  pass: EXIT.pass,
  fail: EXIT.fail,
  inconclusive: EXIT.inconclusive,
  'not-run': EXIT.inconclusive,
}

export function register(program: Command, io: Io): void {
  program
    .command('gates')
    .description('six gates over a contract, a workload and the newest runs: is the platform ready?')
    .requiredOption('--contract <file>', 'the replay contract that the runs were under')
    .option('--platform <name>', 'the platform that is meant, with a version or without', DEFAULT_PLATFORM)
    .option('--runs <dir>', 'folder with runs, of which the newest count', 'runs')
    .option('--workload <file>', 'your workload, with its budget (chaos/cost/workloads/fleet.yaml shows one)')
    .option('--prices <file>', 'your price table, in the format of `aftershock prices list --json`')
    .option('--bootstrap <host:port,…>', 'hold the contract against a running cluster too; changes nothing')
    .option(...COMMAND_CONFIG)
    .option('--watch <duration>', 'how long to watch what arrives there, at most 10m', '5s')
    .option('--json', 'print one JSON document')
    .action(async (options: Options) => judge(options, io))
}

async function judge(options: Options, io: Io): Promise<void> {
  const at = (path: string | undefined) => (path === undefined ? undefined : resolve(io.cwd, path))
  const { platform: name, version } = chosenPlatform(options.platform)
  const platform = platformOf(name)
  const watchMs = durationOf('--watch', options.watch, '10m')
  const bootstrap = options.bootstrap === undefined ? null : bootstrapServers(options.bootstrap)
  const contract = await loadContract(resolve(io.cwd, options.contract), options.contract, {
    forFleet: false,
  })
  const cost = await loadInputs({ workload: at(options.workload), prices: at(options.prices) })
  using stop = interruption('Nothing was changed.', io.stderr)
  const cluster = bootstrap && {
    bootstrap,
    login: clientLogin(options, io),
    watchMs,
    usesSharedStorage: platform.storage === 'shared',
    clock: systemClock,
    signal: stop.signal,
    progress: (line: string) => {
      if (io.isTerminal) io.stderr.write(`${line}\n`)
    },
  }
  if (io.isTerminal) io.stderr.write('verifying the newest runs\n')
  const report = printableDeep(
    await judgeReadiness({
      platform: platform.name,
      contract,
      contractFile: options.contract,
      checked: await checkContract(contract, cluster),
      cost,
      compatibility: newestCompatibility(
        resolve(io.cwd, options.runs),
        { platform: name, version },
        LINES.map(({ line }) => line),
      ),
      runs: new NewestRuns(resolve(io.cwd, options.runs), { platform: name, version }, contract),
      shownAs: path => relative(io.cwd, path) || path,
      atWallMs: systemClock.wallMs(),
    }),
  )
  io.stdout.write(
    options.json ? `${JSON.stringify(report, null, 2)}\n` : readinessWords(report, widthOf(io.stdout)),
  )
  if (STATUS[report.verdict] !== EXIT.pass) throw new ExitStatus(STATUS[report.verdict])
}
