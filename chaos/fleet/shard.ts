import { AftershockError } from '../core/errors.ts'
import type { Address } from '../core/network.ts'
import { bootstrapServers } from '../kafka/bootstrap-servers.ts'

/** What the command line says; what it leaves out, the environment says (lib/assets/README.md). */
export interface ShardArguments {
  readonly bootstrap?: string
  readonly zone?: string
  readonly shard?: string
  readonly devices?: string
}

/** One part of a fleet that runs as several processes: which devices it has, and where it is. */
export interface FleetShard {
  /** Unique in its environment. */
  readonly name: string
  readonly zone: string
  /** As the cloud has it, for example `euw1-az2`: names of zones mean other places in other accounts. null: not known. */
  readonly zoneId: string | null
  /** From 0. */
  readonly index: number
  readonly count: number
  readonly firstDevice: number
  readonly devices: number
  readonly bootstrap: readonly Address[]
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * @param totalByDrill devices of the whole fleet where neither the arguments nor the environment say so.
 * @throws AftershockError `usage` for what is missing or wrong.
 */
export function fleetShard(args: ShardArguments, env: Environment, totalByDrill?: number): FleetShard {
  const { index, count } = placeOf(args, env)
  const total = totalDevices(args, env, count) ?? totalByDrill
  if (total === undefined) throw missing('the number of devices', '--devices', 'SHARD_DEVICES')
  const firstDevice = Math.floor((total * index) / count)
  const devices = Math.floor((total * (index + 1)) / count) - firstDevice
  if (devices === 0)
    throw new AftershockError('usage', `${total} devices in ${count} shards leave none for this one`, {
      hint: 'use fewer shards or more devices',
    })
  const zone = args.zone ?? env.NODE_ZONE
  if (!zone) throw missing('the zone', '--zone', 'NODE_ZONE')
  const name = env.NODE_NAME || `shard-${index + 1}-of-${count}`
  for (const word of [zone, name])
    if (!/^[A-Za-z0-9][\w.-]*$/.test(word))
      throw new AftershockError('usage', `'${word}' cannot be a name`, {
        hint: 'letters, digits, dots and dashes; it becomes part of file names',
      })
  const zoneId = env.NODE_ZONE_ID || null
  return { name, zone, zoneId, index, count, firstDevice, devices, bootstrap: brokersOf(args, env) }
}

function placeOf({ shard }: ShardArguments, env: Environment): { index: number; count: number } {
  if (shard === undefined) {
    if (!env.SHARD_INDEX || !env.SHARD_COUNT)
      throw missing('the shard', '--shard', 'SHARD_INDEX and SHARD_COUNT')
    const [index, count] = [integer('SHARD_INDEX', env.SHARD_INDEX), integer('SHARD_COUNT', env.SHARD_COUNT)]
    if (index < count) return { index, count }
    throw new AftershockError('usage', `SHARD_INDEX is ${index}, and SHARD_COUNT ${count}`, {
      hint: 'the first shard is 0',
    })
  }
  const match = /^(\d{1,6})\/(\d{1,6})$/.exec(shard)
  const [number, count] = [Number(match?.[1]), Number(match?.[2])]
  if (match && number >= 1 && number <= count) return { index: number - 1, count }
  throw new AftershockError('usage', `--shard is '${shard}'`, {
    hint: 'for example 1/3 for the first of three; the last is 3/3',
  })
}

function totalDevices({ devices }: ShardArguments, env: Environment, count: number): number | undefined {
  if (devices !== undefined) return integer('--devices', devices)
  return env.SHARD_DEVICES ? integer('SHARD_DEVICES', env.SHARD_DEVICES) * count : undefined
}

function brokersOf({ bootstrap = '' }: ShardArguments, env: Environment): readonly Address[] {
  const text = bootstrap || env.BOOTSTRAP_SERVERS || ''
  if (text === '') {
    const hint = env.BOOTSTRAP_SERVERS_PATH
      ? `the service that starts this program looks up the parameters under ${env.BOOTSTRAP_SERVERS_PATH} first`
      : undefined
    throw missing('an address of a broker', '--bootstrap', 'BOOTSTRAP_SERVERS', hint)
  }
  return bootstrapServers(text)
}

function integer(name: string, text: string): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(number)) return number
  throw new AftershockError('usage', `${name} is '${text}'`, { hint: 'it is a whole number' })
}

function missing(what: string, option: string, setting: string, hint?: string): AftershockError {
  return new AftershockError('usage', `missing setting: ${what}`, {
    hint: hint ?? `use ${option}, or set ${setting}`,
  })
}
