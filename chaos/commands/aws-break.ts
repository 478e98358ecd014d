import { hostname } from 'node:os'
import type { Command } from 'commander'
import { AftershockError } from '../core/errors.ts'
import { EXIT } from '../core/exit-codes.ts'
import { shellWord } from '../core/shell-word.ts'
import { duration } from '../core/units.ts'
import { breakAndHeal, type Deed, foresee } from '../drivers/deployed.ts'
import { awsAccount } from '../drivers/index.ts'
import { systemClock } from '../system-clock.ts'
import { environmentOption } from './deployment.ts'
import { deployedEnvironment } from './deployed-environment.ts'
import { interruption } from './interruption.ts'
import { ExitStatus, type Io } from './io.ts'

interface Flags {
  readonly environment?: string
  readonly for: string
  readonly keepS3?: true
  readonly beyondOneZone?: true
  readonly dryRun?: true
  readonly yes?: true
}

const DEEDS = ['machine-stop', 'machine-reboot', 'zone-cut', 'store-cut'] as const
const [LEAST_MS, MOST_MS] = [1000, 3_600_000]

export function registerBreak(aws: Command, io: Io): void {
  aws
    .command('break')
    .usage('[options] <deed> <name…>')
    .description(
      'break one thing there for a while and heal it: no drill, and no evidence of what clients noticed',
    )
    .argument('<deed>', DEEDS.join(', '))
    .argument('<name...>', 'machines such as kafka-2, or one zone such as az-b')
    .addOption(environmentOption())
    .option('--for <duration>', `how long, from 1s to 1h`, '60s')
    .option('--keep-s3', 'a zone that is cut off keeps its way to S3')
    .option('--beyond-one-zone', 'more than one zone, or a quorum, is meant')
    .option('--dry-run', 'read everything, show what would be touched, and write nothing')
    .option('--yes', 'do it after showing that')
    .action(async (deed: string, names: readonly string[], flags: Flags) =>
      breakThere(deed, names, flags, io),
    )
}

async function breakThere(word: string, names: readonly string[], flags: Flags, io: Io): Promise<void> {
  const deed = parseDeed(word, names, flags)
  const forMs = heldFor(flags.for)
  const place = await deployedEnvironment(flags.environment, io)
  using account = await awsAccount(place.region, systemClock)
  const wanted = { account, place, clock: systemClock, deed, forMs, named: flags.beyondOneZone ?? false }
  const { touched, refusals } = await foresee(wanted)
  const say = (line: string) => void io.stdout.write(`${line}\n`)
  say(
    `${deed.kind} in ${place.environment}, account ${place.account ?? 'unknown'}, ${place.region}, for ${flags.for}`,
  )
  for (const one of touched) say(`  touches ${one}`)
  for (const one of refusals) say(`  refused by ${one}`)
  if (refusals.length > 0) throw new ExitStatus(EXIT.refused)
  if (flags.dryRun) return
  if (!flags.yes)
    throw new AftershockError('refused', 'nothing was touched: that takes --yes', {
      hint: '--dry-run only shows it',
    })
  using stop = interruption(
    `What is left is healed by: aftershock aws heal --environment ${shellWord(flags.environment ?? '')} --break-lock`,
    io.stderr,
  )
  const at = new Date(systemClock.wallMs()).toISOString()
  const { endedBy } = await breakAndHeal({
    ...wanted,
    holder: { run: `break-${at.replaceAll(/[-:.]/g, '')}`, host: hostname(), pid: process.pid, at },
    signal: stop.signal,
    progress: say,
  })
  if (endedBy === 'signal') throw new ExitStatus(EXIT.interrupted)
  if (endedBy === 'switch') throw new ExitStatus(EXIT.refused)
}

function parseDeed(word: string, names: readonly string[], { keepS3 }: Flags): Deed {
  const kind = DEEDS.find(deed => deed === word)
  if (!kind)
    throw new AftershockError('usage', `there is no deed ${word}`, {
      hint: `it is one of ${DEEDS.join(', ')}`,
    })
  if (kind === 'machine-stop' || kind === 'machine-reboot') return { kind, machines: names }
  const [zone = '', ...others] = names
  if (others.length > 0)
    throw new AftershockError('usage', `${kind} takes one zone, and not ${names.join(', ')}`, {
      hint: 'break one after another',
    })
  return kind === 'zone-cut' ? { kind, zone, cut: keepS3 ? 'cut-keep-s3' : 'cut' } : { kind, zone }
}

function heldFor(text: string): number {
  const parsed = duration.safeParse(text)
  if (parsed.success && parsed.data >= LEAST_MS && parsed.data <= MOST_MS) return parsed.data
  throw new AftershockError('usage', `--for is '${text}': expected a duration from 1s to 1h`, {
    hint: 'for example 90s',
  })
}
