import type { Command } from 'commander'
import { EXIT } from '../core/exit-codes.ts'
import { duration } from '../core/units.ts'
import { AftershockError } from '../core/errors.ts'
import { type Healing, healStanding, type Standing, standing } from '../drivers/deployed.ts'
import { awsAccount } from '../drivers/index.ts'
import { systemClock } from '../system-clock.ts'
import { environmentOption } from './deployment.ts'
import { registerBreak } from './aws-break.ts'
import { deployedEnvironment } from './deployed-environment.ts'
import { ExitStatus, type Io } from './io.ts'

interface Flags {
  readonly environment?: string
  readonly json?: true
}

export function register(program: Command, io: Io): void {
  const command = program.command('aws').description('a deployed environment as drills see it')
  command
    .command('status')
    .description(
      'what a drill may touch there, what is broken, and whether one may begin: reads, and writes nothing',
    )
    .addOption(environmentOption())
    .option('--for <duration>', 'how long the drill would take, for the time window', '30m')
    .option('--json', 'one JSON document')
    .action(async (flags: Flags & { readonly for: string }) => status(flags, io))
  registerBreak(command, io)
  command
    .command('heal')
    .description('undo whatever drills left there, by what is seen of it: needs no run, and may be repeated')
    .addOption(environmentOption())
    .option('--break-lock', 'take away the lock of a run too, once all is healed')
    .option('--json', 'one JSON document')
    .addHelpText(
      'after',
      `
Subnets that one of the environment's own ACLs cuts off go under the network's default one, brokers get their way to S3
again, machines that are stopped are started, and groups look after theirs; on each machine that runs, the environment's
document undoes what is held there. Only what has the tags chaos-ready=true and
environment is touched. Exits ${EXIT.unhealed} when something is left.`,
    )
    .action(async (flags: Flags & { readonly breakLock?: true }) => heal(flags, io))
}

async function status(
  { environment, json, for: text }: Flags & { readonly for: string },
  io: Io,
): Promise<void> {
  const parsed = duration.safeParse(text)
  if (!parsed.success)
    throw new AftershockError('usage', `--for is '${text}': expected a duration`, { hint: 'for example 30m' })
  const place = await deployedEnvironment(environment, io)
  using account = await awsAccount(place.region, systemClock)
  const found = await standing(account, place, systemClock, parsed.data)
  io.stdout.write(json ? `${JSON.stringify(found)}\n` : statusText(found))
  if (found.refusals.length > 0) throw new ExitStatus(EXIT.refused)
}

export function statusText({ place, account, targets, damage, refusals }: Standing): string {
  const kinds = Object.entries(targets).flatMap(([kind, all]) => [
    `  ${kind}: ${all.length === 0 ? 'none' : ''}`.trimEnd(),
    ...all.map(one => `    ${one}`),
  ])
  return [
    `${place.environment} in account ${account}, ${place.region}`,
    'What a drill may touch',
    ...kinds,
    'What is broken',
    ...(damage.length === 0 ? ['  nothing'] : damage.map(one => `  ${one}`)),
    'Whether a drill may begin',
    ...(refusals.length === 0 ? ['  yes'] : refusals.map(reason => `  no: ${reason}`)),
    '',
  ].join('\n')
}

async function heal(flags: Flags & { readonly breakLock?: true }, io: Io): Promise<void> {
  const place = await deployedEnvironment(flags.environment, io)
  using account = await awsAccount(place.region, systemClock)
  const done = await healStanding(account, place, systemClock, { breakLock: flags.breakLock ?? false })
  io.stdout.write(flags.json ? `${JSON.stringify(done)}\n` : healText(place.environment, done))
  if (done.left.length > 0) throw new ExitStatus(EXIT.unhealed)
}

export function healText(environment: string, { healed, left, unasked, lock }: Healing): string {
  return [
    healed.length === 0 ? `${environment}: nothing was broken` : `${environment}: healed`,
    ...healed.map(one => `  it was: ${one}`),
    ...left.map(one => `  NOT healed: ${one}`),
    ...unasked.map(one => `  not asked: ${one}`),
    ...(lock === null
      ? []
      : [
          lock.isBroken
            ? `the lock of ${lock.holder} is taken away`
            : `the lock stays, held by ${lock.holder}; once that run is dead: --break-lock`,
        ]),
    '',
  ].join('\n')
}
