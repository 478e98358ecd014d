import type { Command } from 'commander'
import { AftershockError } from '../core/errors.ts'
import { EXIT } from '../core/exit-codes.ts'
import { labOfMachine } from '../drivers/index.ts'
import { systemClock } from '../system-clock.ts'
import { requireHealthyMachine } from './doctor-first.ts'
import { interruption } from './interruption.ts'
import { ExitStatus, type Io } from './io.ts'
import { registerBundle } from './lab-bundle.ts'
import { statusText, storeAddresses } from './lab-status.ts'
import {
  addPlatformOptions,
  platformChoice,
  platformOption,
  type PlatformOptions,
} from './platform-options.ts'

export function register(program: Command, io: Io): void {
  const command = program.command('lab').description('a three-zone cluster on this machine that stays')
  addPlatformOptions(
    command
      .command('up')
      .description('start it: three brokers in three zones, with a proxy on every link between them')
      .option('--timeouts <which>', 'tuned (failover in seconds) or defaults (as Kafka ships)', 'tuned')
      .option('--authorizer', 'clients log in, and brokers refuse whom no rule names')
      .addOption(platformOption()),
  )
    .option('--json', 'one JSON document; progress goes to standard error')
    .action(async (options: UpOptions) => up(io, options))
  command
    .command('status')
    .description('show what lives and answers, and whether it is as it was made; exits 69 when no lab is up')
    .option('--json', 'one JSON document')
    .action(async options => status(io, options))
  command
    .command('down')
    .description('end it and remove its data')
    .option('--json', 'one JSON document')
    .action(async options => down(io, options))
  registerBundle(command, io)
}

interface UpOptions extends PlatformOptions {
  readonly timeouts: string
  readonly authorizer?: true
  readonly json?: true
}

async function up(io: Io, options: UpOptions): Promise<void> {
  const { timeouts } = options
  const choice = platformChoice(options, io)
  if (timeouts !== 'tuned' && timeouts !== 'defaults') {
    throw new AftershockError('usage', `--timeouts is '${timeouts}'`, { hint: 'use tuned or defaults' })
  }
  const hasAuthorizer = options.authorizer === true
  const lab = await labOfMachine()
  lab.refuseExisting(io.env)
  await requireHealthyMachine(io)
  using stop = interruption('What was started goes with: aftershock lab down', io.stderr)
  const progress = (line: string) => void io.stderr.write(`${line}\n`)
  const setup = { env: io.env, clock: systemClock, progress, signal: stop.signal }
  const started = await lab.up(choice, { timeouts, hasAuthorizer }, setup)
  const { dir, software, toxiproxy, nodes } = started
  if (options.json) {
    io.stdout.write(`${JSON.stringify({ up: true, dir, software, toxiproxy, nodes })}\n`)
    return
  }
  const rows = nodes.map(({ id, zone, host, direct, links }) => {
    const from = Object.entries(links).map(([name, address]) => `${name} ${address.host}`)
    return `  ${host}  broker ${id}, ${zone}   direct ${direct.host}:${direct.port}   over links, from ${from.join(', ')}`
  })
  const rest = [`  Toxiproxy  ${toxiproxy}`, ...storeAddresses(started)]
  io.stdout.write(`The lab is up (${software}, ${dir}).\n${[...rows, ...rest].join('\n')}\n`)
  io.stdout.write('Next: aftershock run zone-cut, and at the end aftershock lab down.\n')
}

async function status(io: Io, options: { json?: boolean }): Promise<void> {
  const found = await (await labOfMachine()).status(io.env)
  if (!found) {
    io.stdout.write(
      options.json
        ? `${JSON.stringify({ up: false })}\n`
        : 'No lab is up. Start one with `aftershock lab up`.\n',
    )
    throw new ExitStatus(EXIT.unavailable)
  }
  io.stdout.write(options.json ? `${JSON.stringify(found)}\n` : statusText(found))
}

async function down(io: Io, options: { json?: true }): Promise<void> {
  const lab = await labOfMachine()
  const removed = await lab.down(io.env, line => void io.stderr.write(`${line}\n`))
  const words = removed ? 'The lab is down; its data is gone.' : 'No lab is up.'
  const document = { up: false, removed, dir: lab.folderOf(io.env) }
  io.stdout.write(options.json ? `${JSON.stringify(document)}\n` : `${words}\n`)
}
