import { AftershockError } from '../core/errors.ts'
import type { Contract } from '../core/contract.ts'
import type { ReplayScope } from '../core/replay-scope.ts'
import { labOfMachine } from '../drivers/index.ts'
import { withAdmin } from '../kafka/admin.ts'
import { bootstrapServers } from '../kafka/bootstrap-servers.ts'
import type { BrokerLogin } from '../kafka/broker-login.ts'
import type { WhoIsLive } from '../run/live-watch.ts'
import { openReplayCluster, type ReplayPlace } from '../run/replay-place.ts'
import { type StatedReplay, stateReplay } from '../run/state-replay.ts'
import { systemClock } from '../system-clock.ts'
import { type ClientLoginOptions, clientLogin, operatorLogin } from './client-login.ts'
import type { Io } from './io.ts'

export interface PlaceOptions extends ClientLoginOptions {
  readonly bootstrap?: string
  readonly operatorConfig?: string
  readonly sharedStorage?: true
}

const NONE = 'none'

export interface LiveOptions {
  readonly liveGroups?: string
  readonly canary?: string
}

export function whoIsLive({ liveGroups, canary }: LiveOptions): WhoIsLive {
  const words = liveGroups === NONE ? [] : liveGroups?.split(',').map(word => word.trim())
  return {
    ...(words && { groups: words }),
    ...(canary !== undefined && { canary: canary === NONE ? null : canary }),
  }
}

interface Reached {
  /** Who reads. */
  readonly principal: string
  /** Those that are looked at. */
  readonly topics: readonly string[]
  readonly signal: AbortSignal
}

/** The lab that is up, or the cluster whose brokers are named. */
export async function placeOf(
  options: PlaceOptions,
  io: Io,
  { principal, topics, signal }: Reached,
): Promise<ReplayPlace> {
  const { bootstrap, sharedStorage } = options
  if (bootstrap === undefined) return (await labOfMachine()).replayPlace(io.env, principal)
  return openReplayCluster({
    bootstrap: bootstrapServers(bootstrap),
    reader: named(clientLogin(options, io), 'BROKER', principal),
    operator: named(
      operatorLogin(options.operatorConfig, io),
      'OPERATOR',
      'the operator, who may change rights',
    ),
    topics,
    usesSharedStorage: sharedStorage ?? false,
    clock: systemClock,
    onTrouble: trouble => void io.stderr.write(`${trouble}\n`),
    signal,
  })
}

/** Nobody is held to an approval by brokers that ask nobody who they are, nor under a name that is not known here. */
function named(login: BrokerLogin | null, who: 'BROKER' | 'OPERATOR', whose: string): BrokerLogin {
  const option = who === 'BROKER' ? '--command-config' : '--operator-config'
  if (!login)
    throw new AftershockError('usage', `there is no login of ${whose}`, {
      hint: `set ${who}_USERNAME and ${who}_PASSWORD, or ${who}_PASSWORD_FILE; or give ${option} FILE`,
    })
  if (who === 'OPERATOR' || login.username !== '') return login
  throw new AftershockError('usage', `the login of ${whose} has no name in it`, {
    hint: 'what is read under an approval is read by SCRAM or PLAIN: certificates and tokens do not say here who it is',
  })
}

/**
 * What there is to read of a scope that is asked for, by the login of whoever is to read it: DESCRIBE on the topics is
 * enough, and shows no sizes.
 */
export async function stateFor(
  io: Io,
  { bootstrap, ...logins }: ClientLoginOptions & { readonly bootstrap: string },
  of: { readonly scope: ReplayScope; readonly contract: Contract; readonly bytesPerSecond: number | null },
): Promise<StatedReplay> {
  const brokers = bootstrapServers(bootstrap)
  const client = { clientId: 'aftershock-replay', brokers, login: clientLogin(logins, io), retries: 2 }
  const stated = await stateReplay({
    ...of,
    admin: work => withAdmin(client, work),
    brokers: brokers.length,
    logSizes: async () => null,
    mayBeCold: false,
    clock: systemClock,
  })
  if (stated.records !== null) return stated
  throw new AftershockError('unavailable', `what there is to read is not known: ${stated.unreported}`, {
    hint: 'do the brokers run, are the topics there, and may this login DESCRIBE them? Or ask without --bootstrap',
  })
}
