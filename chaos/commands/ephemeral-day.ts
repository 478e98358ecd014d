import type { Command } from 'commander'
import { AftershockError } from '../core/errors.ts'
import { EXIT } from '../core/exit-codes.ts'
import { shellWord } from '../core/shell-word.ts'
import { duration } from '../core/units.ts'
import { THROUGH, THROUGH_WORDS } from './attach-options.ts'
import { type DeploymentParts, loadDeployment } from './deployment.ts'
import { interruption } from './interruption.ts'
import { ExitStatus, type Io } from './io.ts'
import type { ReadyDrill } from './ready-drill.ts'

/** Of every command that makes an environment for once. */
export function addEphemeralOptions(command: Command): Command {
  return command
    .option('--ephemeral', 'deploy its environment, drill, seal, destroy')
    .option('--plan', 'only show what would be created, and what it costs at most')
    .option('--yes', 'do it after showing the plan')
    .option(THROUGH, THROUGH_WORDS)
    .option('--at-most <duration>', 'when it is removed by itself, whatever became of this program', '4h')
    .option('--prices <file>', 'your own price table instead of the shipped one')
    .option('--unchecked <checks>', 'checks of the account to leave out, by name: vcpu-quota,prices')
}

export interface EphemeralFlags {
  readonly plan?: true
  readonly yes?: true
  readonly atMost: string
  readonly prices?: string
  readonly unchecked?: string
  readonly through?: string
}

export interface EphemeralDay extends EphemeralFlags {
  readonly environment: string | undefined
  /** The command that does it, without `--yes`. */
  readonly again: string
  /** What it was agreed to cost; null: nobody said. */
  readonly agreedUsd: number | null
  /** @throws AftershockError before anything is created, when the drill cannot run there */
  readonly ready: () => Promise<ReadyDrill>
}

/**
 * Deploys, drills, seals and removes, whatever happens in between, after showing what that costs.
 * @throws ExitStatus as the drill ended; AftershockError `unavailable` when something may be left that costs
 */
export async function ephemeralDay(day: EphemeralDay, io: Io, parts: DeploymentParts): Promise<void> {
  const { plan, yes, prices, unchecked, again, agreedUsd } = day
  const atMostMs = lifetime(day.atMost)
  const { ephemerally, runDeploy, runDestroy, options, environment } = await loadDeployment(
    day.environment,
    io,
    parts,
  )
  const removeAt = minuteAfter(options.clock.wallMs() + atMostMs)
  const shown = {
    ...options,
    afterPlan: (usdPerHour: number) => costLines({ usdPerHour, atMostMs, removeAt, agreedUsd }),
  }
  const deployFlags = {
    environment,
    removeAt,
    forOneDrill: true,
    ...(prices !== undefined && { prices }),
    ...(unchecked !== undefined && { unchecked }),
  }
  if (!yes || plan) {
    await runDeploy({ ...deployFlags, plan: true }, [], shown)
    if (plan) return
    throw new AftershockError('refused', 'nothing was created: that takes --yes', { hint: `${again} --yes` })
  }
  // Before anything is deployed: an environment for a drill that cannot run would be paid for nothing.
  const ready = await day.ready()
  using stop = interruption(
    `What was created removes itself at ${inWords(removeAt)}. To be sure: aftershock destroy --environment ${shellWord(environment)} --yes`,
    io.stderr,
  )
  const { status, folder, isSealed } = await ephemerally(
    {
      deploy: creates =>
        runDeploy({ ...deployFlags, yes: true }, [], { ...shown, onCreate: creates, signal: stop.signal }),
      async drill() {
        const run = await ready.run(stop.signal)
        if (run.isSealed) io.stderr.write(`the evidence is sealed, in ${run.folder}\n`)
        return run
      },
      destroy: () => runDestroy({ environment, yes: true }, { ...options, evenIfInterrupted: true }),
    },
    { environment, removeAt: inWords(removeAt), signal: stop.signal, err: options.err },
  )
  io.stdout.write(`${isSealed ? 'Evidence' : 'What was seen'}: ${folder}\n`)
  if (stop.signal.aborted) throw new ExitStatus(EXIT.interrupted)
  throw new ExitStatus(status)
}

/** Long enough for a deployment and a drill, and no longer than somebody would leave it unwatched. */
function lifetime(text: string): number {
  const parsed = duration.safeParse(text)
  const [leastMs, mostMs] = [3_600_000, 86_400_000]
  if (parsed.success && parsed.data >= leastMs && parsed.data <= mostMs) return parsed.data
  throw new AftershockError('usage', `--at-most is '${text}': expected a duration from 1h to 24h`, {
    hint: 'The environment removes itself when it is over, so it has to hold a deployment and a drill.',
  })
}

/** In UTC and to the minute, as schedules have it. */
function minuteAfter(wallMs: number): string {
  return new Date(Math.ceil(wallMs / 60_000) * 60_000).toISOString().slice(0, 19)
}

const inWords = (time: string) => `${time.replace('T', ' ').slice(0, 16)} UTC`

function costLines(given: {
  readonly usdPerHour: number
  readonly atMostMs: number
  readonly removeAt: string
  readonly agreedUsd: number | null
}): string {
  const { usdPerHour, atMostMs, removeAt, agreedUsd } = given
  const hours = atMostMs / 3_600_000
  return [
    'What a game day costs',
    `  an hour, with the fleet   ${usdPerHour.toFixed(2)}`,
    `  at most                   ${(usdPerHour * hours).toFixed(2)} for ${hours} h: at ${inWords(removeAt)} it removes itself`,
    ...(agreedUsd === null ? [] : [`  agreed on                 ${agreedUsd.toFixed(2)}, by its calendar`]),
    '  and a little that lasts   the evidence in its bucket, for as long as it is locked',
    '',
  ].join('\n')
}
