import { resolve } from 'node:path'
import type { Command } from 'commander'
import { AftershockError } from '../core/errors.ts'
import { labOfMachine } from '../drivers/index.ts'
import { programVersion } from '../staged-program.ts'
import { systemClock } from '../system-clock.ts'
import { interruption } from './interruption.ts'
import type { Io } from './io.ts'
import {
  addPlatformOptions,
  platformChoice,
  platformOption,
  type PlatformOptions,
} from './platform-options.ts'

/** `lab pack` and `lab unpack`: a lab for machines without a network. */
export function registerBundle(parent: Command, io: Io): void {
  addPlatformOptions(
    parent
      .command('pack')
      .argument('<file>', 'where to, for example lab.tar.gz')
      .description('set up what a lab needs and put it into one file, for machines without a network')
      .option('--all', 'also what drills with tiered storage, connectors, a processor or two regions need')
      .addOption(platformOption()),
  )
    .option('--json', 'one JSON document; progress goes to standard error')
    .action(async (file: string, options: PackOptions) => pack(io, file, options))
  parent
    .command('unpack')
    .argument('<file>', 'that `lab pack` wrote on a machine like this one')
    .description('take over what such a file holds; nothing is fetched then')
    .option('--sha256 <digest>', 'of the file, as `lab pack` said')
    .option('--json', 'one JSON document')
    .action(async (file: string, options: UnpackOptions) => unpack(io, file, options))
}

interface PackOptions extends PlatformOptions {
  readonly all?: true
  readonly json?: true
}

interface UnpackOptions {
  readonly sha256?: string
  readonly json?: true
}

async function pack(io: Io, file: string, options: PackOptions): Promise<void> {
  using stop = interruption('Nothing was packed.', io.stderr)
  const setup = setupOf(io, stop.signal)
  const choice = options.all ? 'everything' : platformChoice(options, io)
  const packed = await (await labOfMachine()).pack(resolve(io.cwd, file), programVersion(), choice, setup)
  if (options.json) {
    io.stdout.write(`${JSON.stringify(packed)}\n`)
    return
  }
  const parts = packed.parts.map(name => `  ${name}\n`).join('')
  io.stdout.write(
    `${packed.file} has ${packed.parts.length} parts:\n${parts}SHA-256 ${packed.sha256}\n` +
      `There: aftershock lab unpack ${file} --sha256 ${packed.sha256}\n`,
  )
}

async function unpack(io: Io, file: string, { sha256, json }: UnpackOptions): Promise<void> {
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/i.test(sha256))
    throw new AftershockError('usage', `--sha256 is '${sha256}'`, { hint: 'it is 64 hexadecimal digits' })
  using stop = interruption('What was unpacked before is whole.', io.stderr)
  const unpacked = await (await labOfMachine()).unpack(
    resolve(io.cwd, file),
    sha256,
    setupOf(io, stop.signal),
  )
  if (json) {
    io.stdout.write(`${JSON.stringify(unpacked)}\n`)
    return
  }
  const rows = [
    ...unpacked.added.map(name => `  ${name}`),
    ...unpacked.present.map(name => `  ${name}   (was there)`),
  ]
  io.stdout.write(
    `Unpacked, of aftershock ${unpacked.program}:\n${rows.join('\n')}\nNext: aftershock drill\n`,
  )
}

function setupOf(io: Io, signal: AbortSignal) {
  const progress = (line: string) => void io.stderr.write(`${line}\n`)
  return { env: io.env, clock: systemClock, progress, signal }
}
