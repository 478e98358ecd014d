import { networkInterfaces } from 'node:os'
import type { Clock } from '../core/clock.ts'
import { AftershockError } from '../core/errors.ts'
import type { AttachOptions } from './attach/attach-environment.ts'
import type { AwsEnvironmentKind, AwsOptions } from './aws/aws-environment.ts'
import type { Account } from './aws/account.ts'
import type { Reach, WayName } from './aws/reach/reach.ts'
import type { EnvironmentKind, RemainsOf } from './environment.ts'
import { localEnvironment } from './local/local-environment.ts'

export type { Reach, WayName } from './aws/reach/reach.ts'
export type { AwsEnvironmentKind } from './aws/aws-environment.ts'
export type { LabStatus, LabUp } from './local/lab/lab-status.ts'

/** Names that `--driver` knows. */
const NAMES = ['local', 'attach', 'aws'] as const

const ENVIRONMENTS: Readonly<Record<string, EnvironmentKind | undefined>> = { local: localEnvironment }

// What carries something out is loaded when it is: a plan, a look or a refusal needs none of it.
const REMAINS: Readonly<Record<(typeof NAMES)[number], () => Promise<RemainsOf>>> = {
  local: async () => (await import('./local/lab/lab-remains.ts')).labRemains,
  attach: async () => (await import('./attach/attach-remains.ts')).attachRemains,
  aws: async () => (await import('./aws/aws-remains.ts')).awsRemains,
}

/**
 * What a dead run left is known without the options of whoever started it. Whoever may have to heal asks early: later
 * the program may be gone from the disk.
 * @throws AftershockError `usage` for a name that is none
 */
export async function remainsOf(name: string): Promise<RemainsOf> {
  const load = Object.entries(REMAINS).find(([known]) => known === name)?.[1]
  if (!load) throw unknownDriver(name)
  return load()
}

/**
 * A cluster that was there before: it is asked for its brokers at once, and for nothing else.
 * @throws AftershockError `unavailable` when no broker answers
 */
export async function attachTo(options: Omit<AttachOptions, 'ensureProxy'>): Promise<EnvironmentKind> {
  const { attachEnvironment } = await import('./attach/attach-environment.ts')
  const { ensureToxiproxy } = await import('./local/setup/toxiproxy.ts')
  return attachEnvironment({ ...options, ensureProxy: ensureToxiproxy })
}

/**
 * A deployed environment: its account and its agents are asked what there is, and nothing is written.
 * @throws AftershockError `unavailable` when one of them does not answer
 */
export async function deployedIn(options: AwsOptions): Promise<AwsEnvironmentKind> {
  return (await import('./aws/aws-environment.ts')).awsEnvironment(options)
}

/** The way to agents, by its name, or as addresses of this machine say: those of the network need no sessions. */
export async function reachThere(
  {
    name,
    cidr,
    ...place
  }: {
    readonly name: WayName | null
    readonly cidr: string
    readonly environment: string
    readonly region: string
  },
  clock: Clock,
): Promise<Reach> {
  const { wayFrom } = await import('./aws/reach/reach.ts')
  const { reachOf } = await import('./aws/reach/reach-of.ts')
  const own = Object.values(networkInterfaces()).flatMap((all = []) => all.map(({ address }) => address))
  return reachOf(name ?? wayFrom(own, cidr), place, clock)
}

/** The account of whoever runs this, as the SDK finds its credentials. */
export async function awsAccount(region: string, clock: Clock): Promise<Account & Disposable> {
  return (await import('./aws/sdk-account.ts')).sdkAccount(region, clock)
}

/** One that needs no options of its own. @throws AftershockError `usage` for a name that is none */
export function environmentOf(name: string): EnvironmentKind {
  const found = ENVIRONMENTS[name]
  if (found) return found
  throw unknownDriver(name)
}

/** The lab of this machine that stays between runs, which no other environment has. */
export async function labOfMachine() {
  return (await import('./local/lab/standing-lab.ts')).standingLab
}

/** Clients in other languages that try what a platform can do: what this machine has of them, and what can be fetched. */
export async function otherClients() {
  const { findLibrdkafka } = await import('./local/setup/librdkafka.ts')
  const { ensureProbeClients } = await import('./local/setup/probe-clients.ts')
  return { findLibrdkafka, ensureProbeClients }
}

function unknownDriver(name: string): AftershockError {
  return new AftershockError('usage', `--driver is '${name}'`, { hint: `it is one of ${NAMES.join(', ')}` })
}
