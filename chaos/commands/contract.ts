import { readFileSync } from 'node:fs'
import { relative, resolve, sep } from 'node:path'
import type { Command } from 'commander'
import { AftershockError } from '../core/errors.ts'
import { EXIT } from '../core/exit-codes.ts'
import { printableDeep } from '../core/printable.ts'
import { loadContract } from '../drill/load-contract.ts'
import { durationOf } from '../fleet/kept-topics.ts'
import { checkContract } from '../governance/check-contract.ts'
import { contractSarif } from '../governance/contract-sarif.ts'
import { contractWords } from '../governance/contract-words.ts'
import { bootstrapServers } from '../kafka/bootstrap-servers.ts'
import { writeText } from '../record/bounded-files.ts'
import { programVersion } from '../staged-program.ts'
import { systemClock } from '../system-clock.ts'
import { type ClientLoginOptions, clientLogin, COMMAND_CONFIG } from './client-login.ts'
import { interruption } from './interruption.ts'
import { ExitStatus, type Io, widthOf } from './io.ts'

interface Options extends ClientLoginOptions {
  readonly bootstrap?: string
  readonly sharedStorage?: true
  readonly watch: string
  readonly sarif?: string
  readonly json?: true
}

export function register(program: Command, io: Io): void {
  program
    .command('contract')
    .description('what was promised about topics')
    .command('check')
    .description(
      'hold a contract against itself, and against what a running cluster really keeps; changes nothing',
    )
    .argument('<file>', 'a replay contract (`aftershock schema contract` prints its keys)')
    .option('--bootstrap <host:port,…>', 'brokers to ask first; without it the contract alone is looked at')
    .option(...COMMAND_CONFIG)
    .option('--shared-storage', 'the object store keeps the one copy, as AutoMQ does: replicas do not apply')
    .option('--watch <duration>', 'how long to watch what arrives, at most 10m', '5s')
    .option('--sarif <file>', 'also write what does not hold as SARIF 2.1.0, for code hosts')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Brokers that want a login: --command-config, as Kafka's own tools take it. Or, for SCRAM-SHA-512 over TLS, set BROKER_USERNAME, BROKER_PASSWORD, and BROKER_AUTHORITY, the
certificates to trust; the latter two also from files, BROKER_PASSWORD_FILE and BROKER_AUTHORITY_FILE.`,
    )
    .action(async (file: string, options: Options) => check(file, options, io))
}

async function check(file: string, options: Options, io: Io): Promise<void> {
  const watchMs = durationOf('--watch', options.watch, '10m')
  const bootstrap = options.bootstrap === undefined ? null : bootstrapServers(options.bootstrap)
  const contract = await loadContract(resolve(io.cwd, file), file, { forFleet: false })
  using stop = interruption('Nothing was changed.', io.stderr)
  const cluster = bootstrap && {
    bootstrap,
    login: clientLogin(options, io),
    watchMs,
    usesSharedStorage: options.sharedStorage ?? false,
    clock: systemClock,
    signal: stop.signal,
    progress: (line: string) => {
      if (io.isTerminal) io.stderr.write(`${line}\n`)
    },
  }
  const checked = await checkContract(contract, cluster).catch((error: unknown) => {
    if (!stop.signal.aborted) throw error
    throw new AftershockError(
      'interrupted',
      'interrupted before every topic was looked at; nothing was changed',
    )
  })
  const report = printableDeep(checked)
  io.stdout.write(
    options.json ? `${JSON.stringify(report, null, 2)}\n` : contractWords(report, widthOf(io.stdout)),
  )
  if (options.sarif !== undefined) {
    const path = resolve(io.cwd, file)
    const shown = relative(io.cwd, path).split(sep).join('/')
    const named = { file: shown, text: readFileSync(path, 'utf8'), version: programVersion() }
    writeText(resolve(io.cwd, options.sarif), contractSarif(report, named))
  }
  if (report.verdict !== 'pass') throw new ExitStatus(EXIT[report.verdict])
}
