import type { Command } from 'commander'
import { AftershockError } from '../core/errors.ts'
import { EXIT } from '../core/exit-codes.ts'
import type { ProcessIdentity } from '../core/process-identity.ts'
import { attachLab, removeLab, type StartedLab, startLab, stopLab } from '../drivers/local/lab.ts'
import { currentBlock } from '../drivers/local/lab-layout.ts'
import { labDirectory, readLabState, refuseExistingLab } from '../drivers/local/lab-state.ts'
import { findAlive, identityOf } from '../drivers/local/process-table.ts'
import { ensureLab } from '../drivers/local/setup/lab.ts'
import { dynamicBrokerSettings } from '../run/lab-leftovers.ts'
import { systemClock } from '../system-clock.ts'
import {
  AUTOMQ_DIST,
  platformChoice,
  platformOption,
  type PlatformOptions,
  TIERED_PLUGIN,
} from './platform-options.ts'
import { requireHealthyMachine } from './doctor-first.ts'
import { ExitStatus, type Io } from './io.ts'
import { interruption } from './interruption.ts'
import { describeLab, statusText, storeAddresses } from './lab-status.ts'

export function register(program: Command, io: Io): void {
  const lab = program.command('lab').description('a three-zone cluster on this machine that stays')
  lab
    .command('up')
    .description('start it: three brokers in three zones, with a proxy on every link between them')
    .option('--timeouts <which>', 'tuned (failover in seconds) or defaults (as Kafka ships)', 'tuned')
    .addOption(platformOption())
    .option(...AUTOMQ_DIST)
    .option(...TIERED_PLUGIN)
    .option('--json', 'one JSON document; progress goes to standard error')
    .action(async (options: UpOptions) => up(io, options))
  lab
    .command('status')
    .description('show what lives and answers, and whether it is as it was made; exits 69 when no lab is up')
    .option('--json', 'one JSON document')
    .action(async options => status(io, options))
  lab
    .command('down')
    .description('end it and remove its data')
    .option('--json', 'one JSON document')
    .action(async options => down(io, options))
}

interface UpOptions extends PlatformOptions {
  readonly timeouts: string
  readonly json?: true
}

async function up(io: Io, options: UpOptions): Promise<void> {
  const { timeouts } = options
  const choice = platformChoice(options, io)
  if (timeouts !== 'tuned' && timeouts !== 'defaults') {
    throw new AftershockError('usage', `--timeouts is '${timeouts}'`, { hint: 'use tuned or defaults' })
  }
  const block = currentBlock(io.env)
  const dir = labDirectory(block, io.env)
  refuseExistingLab(dir)
  await requireHealthyMachine(io)
  using stop = interruption('What was started goes with: aftershock lab down', io.stderr)
  const progress = (line: string) => void io.stderr.write(`${line}\n`)
  const software = await ensureLab({ env: io.env, clock: systemClock, progress, signal: stop.signal }, choice)
  const lab = await startLab({
    block,
    dir,
    kind: 'up',
    timeouts,
    user: identityOf(process.pid) as ProcessIdentity,
    software,
    clock: systemClock,
    progress,
    signal: stop.signal,
  })
  // What a drill may find changed is known from here on.
  const settings = await dynamicBrokerSettings(lab).catch(() => undefined)
  if (settings) lab.supervisor.update({ brokerSettings: settings })
  if (options.json) {
    io.stdout.write(`${JSON.stringify(upDocument(lab, software.platform.software.name))}\n`)
    return
  }
  const rows = lab.layout.topology.nodes.map(node => {
    const direct = lab.layout.directAddress(node.id)
    const links = lab.layout.topology.zones.map(
      zone => `${zone} ${lab.layout.addressOf({ from: zone, to: node.id, listener: 'client' }).host}`,
    )
    return `  ${node.host}  broker ${node.id}, ${node.zone}   direct ${direct.host}:${direct.port}   over links, from ${links.join(', ')}`
  })
  const rest = [`  Toxiproxy  ${lab.layout.toxiproxyApi}`, ...storeAddresses(lab.layout)]
  io.stdout.write(
    `The lab is up (${software.platform.software.name}, ${dir}).\n${[...rows, ...rest].join('\n')}\n`,
  )
  io.stdout.write('Next: aftershock run zone-cut, and at the end aftershock lab down.\n')
}

async function status(io: Io, options: { json?: boolean }): Promise<void> {
  const dir = labDirectory(currentBlock(io.env), io.env)
  const state = readLabState(dir)
  if (!state) {
    io.stdout.write(
      options.json
        ? `${JSON.stringify({ up: false })}\n`
        : 'No lab is up. Start one with `aftershock lab up`.\n',
    )
    throw new ExitStatus(EXIT.unavailable)
  }
  const document = await describeLab(dir, state)
  io.stdout.write(options.json ? `${JSON.stringify(document)}\n` : statusText(document))
}

function upDocument({ layout }: StartedLab, software: string) {
  const nodes = layout.topology.nodes.map(({ id, zone, host }) => ({
    id,
    zone,
    host,
    direct: layout.directAddress(id),
    links: Object.fromEntries(
      layout.topology.zones.map(from => [from, layout.addressOf({ from, to: id, listener: 'client' })]),
    ),
  }))
  return { up: true, dir: layout.dir, software, toxiproxy: layout.toxiproxyApi, nodes }
}

async function down(io: Io, options: { json?: true }): Promise<void> {
  const say = (removed: boolean, words: string) =>
    io.stdout.write(options.json ? `${JSON.stringify({ up: false, removed, dir })}\n` : `${words}\n`)
  const dir = labDirectory(currentBlock(io.env), io.env)
  const state = readLabState(dir)
  if (!state) {
    say(false, 'No lab is up.')
    return
  }
  const user = state.user && findAlive(state.user)
  if (user)
    throw new AftershockError('refused', `the lab is in use by process ${user.pid}`, {
      hint: 'interrupt that run first: it heals on its way out',
    })
  io.stderr.write('ending the lab\n')
  if (state.ready) await stopLab(attachLab(dir, systemClock))
  else await removeLab(dir, systemClock)
  say(true, 'The lab is down; its data is gone.')
}
