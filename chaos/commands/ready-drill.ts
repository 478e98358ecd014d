import { join, resolve } from 'node:path'
import { AftershockError } from '../core/errors.ts'
import { EXIT } from '../core/exit-codes.ts'
import { printableDeep } from '../core/printable.ts'
import { waitFor } from '../core/wait.ts'
import { type LoadedDrill, loadDrill } from '../drill/load-drill.ts'
import { awsAccount, type AwsEnvironmentKind, reachThere } from '../drivers/index.ts'
import { plannedDrill, plannedOutline, refusalsBefore, refuseIf } from '../drivers/planned.ts'
import { refuseTaken } from '../out-place.ts'
import { renderScorecard } from '../report/terminal.ts'
import { checkDrill } from '../run/check-drill.ts'
import { runId } from '../run/prepare.ts'
import { systemClock } from '../system-clock.ts'
import { deployedThere, wayNamed } from './attach-options.ts'
import { type DeployedPlace, deployedEnvironment } from './deployed-environment.ts'
import { unhealedError } from './heal.ts'
import { type Io, widthOf } from './io.ts'
import { operatorConfig } from './operator-config.ts'
import { type Job, runAndJudge } from './perform.ts'
import { sealingKey } from './seal.ts'

/** A drill that is ready to run on the environment once that is there. */
export interface ReadyDrill {
  /** Runs, judges and seals it. */
  run(signal: AbortSignal): Promise<RanDrill>
}

export interface RanDrill {
  readonly status: number
  /** Of its evidence. */
  readonly folder: string
  /** False of one that was interrupted. */
  readonly isSealed: boolean
}

/** Agents come up after their machines have said that they serve. */
const THERE_MS = 600_000

/**
 * Everything for which the drill would be refused once its environment is there, asked before it is paid for.
 * @throws AftershockError `refused`
 */
export async function checkBeforeDeployed(
  loaded: LoadedDrill,
  place: DeployedPlace,
  through: string | undefined,
): Promise<void> {
  await using reach = await reachThere({ ...place, name: wayNamed(through) }, systemClock)
  const fitted = plannedDrill(loaded.drill, place, 'aftershock.', reach.name)
  await checkDrill({ ...loaded, drill: fitted }, plannedOutline(place), {
    seed: fitted.seed,
    allowCommands: false,
  })
  await reach.ready()
  using account = await awsAccount(place.region, systemClock)
  refuseIf(
    await refusalsBefore(account, place, fitted, systemClock),
    `${loaded.drill.drill} in ${place.environment}, which is not deployed yet`,
  )
}

/** The drill of a command line, on an environment that is deployed for it. */
export async function readyDrill(
  flags: {
    readonly drill: string
    readonly environment?: string
    readonly out?: string
    readonly key?: string
    readonly through?: string
  },
  io: Io,
): Promise<ReadyDrill> {
  const loaded = await loadDrill(flags.drill, io.cwd)
  const place = await deployedEnvironment(flags.environment, io)
  const { through } = flags
  await checkBeforeDeployed(loaded, place, through)
  const sealing = sealingKey(flags.key, io)
  const id = runId(loaded.drill.drill, systemClock.wallMs())
  const folder = resolve(io.cwd, flags.out ?? join('runs', id))
  refuseTaken(folder)
  return {
    run: signal =>
      onDeployed({ place, loaded, io, signal, through }, async ({ kind, fitted }) => {
        const job = jobThere({ kind, loaded: fitted, platform: place.platform, sealing, io })
        const { outcome, judged } = await runAndJudge(job, id, folder)
        if (judged) {
          const style = { color: true, width: widthOf(io.stdout) }
          io.stdout.write(renderScorecard(printableDeep(judged.scorecard), style), 'painted')
        }
        if (outcome.unhealed.length > 0) throw unhealedError(outcome.unhealed, folder)
        const status = judged ? EXIT[judged.scorecard.verdict] : EXIT.interrupted
        return { status, folder, isSealed: judged !== null }
      }),
  }
}

export function jobThere(given: {
  readonly kind: AwsEnvironmentKind
  readonly loaded: LoadedDrill
  readonly platform: DeployedPlace['platform']
  readonly sealing: Job['sealing']
  readonly io: Io
}): Job {
  const { kind, loaded, platform, sealing, io } = given
  return { loaded, seed: loaded.drill.seed, kind, choice: { platform }, sealing, io, allowCommands: false }
}

interface Deployed {
  readonly place: DeployedPlace
  readonly loaded: LoadedDrill
  readonly io: Io
  readonly signal: AbortSignal
  /** How agents are reached. @default as addresses of this machine say */
  readonly through: string | undefined
  /** @default ten minutes */
  readonly thereMs?: number
}

/**
 * Waits until the environment answers that was just deployed, logs in as its operator, and works there.
 * @throws AftershockError `unavailable` when it does not answer in time, with what it said last
 */
export async function onDeployed<T>(
  { place, loaded, io, signal, through, thereMs = THERE_MS }: Deployed,
  work: (there: { readonly kind: AwsEnvironmentKind; readonly fitted: LoadedDrill }) => Promise<T>,
): Promise<T> {
  using config = await operatorConfig(place)
  await using reach = await reachThere({ ...place, name: wayNamed(through) }, systemClock)
  const options = {
    driver: 'aws',
    environment: place.named,
    ...(config.path !== null && { commandConfig: config.path }),
  }
  let last = ''
  const answers = async () => {
    try {
      return await deployedThere(options, io, { reach })
    } catch (error) {
      if (!(error instanceof AftershockError) || error.code !== 'unavailable') throw error
      const said = [error.message, error.hint ?? ''].join('; ')
      if (said !== last) io.stderr.write(`not yet: ${said}\n`)
      last = said
      return undefined
    }
  }
  io.stderr.write(`waiting for ${place.environment} to answer\n`)
  const kind = await waitFor(`${place.environment} to answer`, answers, {
    clock: systemClock,
    deadlineMs: thereMs,
    everyMs: 5000,
    signal,
    lastSeen: () => last,
  })
  const drill = kind.fitted ? kind.fitted(loaded.drill) : loaded.drill
  const fitted = { ...loaded, drill }
  await checkDrill(fitted, kind.outline(drill, place.platform), { seed: drill.seed, allowCommands: false })
  // Shards are heard of a minute or two after they send, and until then their alarms say the worst.
  const quiet = async () => {
    const why = await kind.alarmed(drill)
    if (why !== null && why !== last) io.stderr.write(`not yet: ${why}\n`)
    last = why ?? last
    return why === null
  }
  await waitFor(`the alarms of ${place.environment} to be OK`, quiet, {
    clock: systemClock,
    deadlineMs: thereMs,
    everyMs: 5000,
    signal,
    lastSeen: () => last,
  })
  return await work({ kind, fitted })
}
