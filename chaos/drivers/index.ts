import { AftershockError } from '../core/errors.ts'
import { type AttachOptions, attachEnvironment } from './attach/attach-environment.ts'
import { attachRemains } from './attach/attach-remains.ts'
import type { EnvironmentKind } from './environment.ts'
import { type AwsEnvironmentKind, type AwsOptions, awsEnvironment } from './aws/aws-environment.ts'
import { awsRemains } from './aws/aws-remains.ts'
import { localEnvironment } from './local/local-environment.ts'
import { findLibrdkafka } from './local/setup/librdkafka.ts'
import { ensureProbeClients } from './local/setup/probe-clients.ts'
import { ensureToxiproxy } from './local/setup/toxiproxy.ts'
import { standingLab } from './local/lab/standing-lab.ts'

export { breakAndHeal, type Deed, foresee } from './aws/break-and-heal.ts'
export { type AgentOptions, startAgent } from './aws/agent/agent-server.ts'
export type { AwsEnvironmentKind } from './aws/aws-environment.ts'
export { AGENT_PORT } from './aws/agent/agent-protocol.ts'
export { sdkAccount as awsAccount } from './aws/sdk-account.ts'
export { type Healing, healStanding, type Standing, standing } from './aws/standing.ts'
export type { Place } from './aws/guards.ts'
export type { LabStatus, LabUp } from './local/lab/lab-status.ts'

/** Names that `--driver` knows, whether there is such an environment yet or not. */
const NAMES = ['local', 'attach', 'aws'] as const

const ENVIRONMENTS: Readonly<Record<string, EnvironmentKind | undefined>> = { local: localEnvironment }

/** What a dead run left is known without the options of whoever started it. */
export function remainsOf(name: string): EnvironmentKind['remains'] {
  return (run, clock) =>
    name === 'attach'
      ? attachRemains(run, clock)
      : name === 'aws'
        ? awsRemains(run, clock)
        : environmentOf(name).remains(run, clock)
}

/**
 * A cluster that was there before: it is asked for its brokers at once, and for nothing else.
 * @throws AftershockError `unavailable` when no broker answers
 */
export function attachTo(options: Omit<AttachOptions, 'ensureProxy'>): Promise<EnvironmentKind> {
  return attachEnvironment({ ...options, ensureProxy: ensureToxiproxy })
}

/**
 * A deployed environment: its account and its agents are asked what there is, and nothing is written.
 * @throws AftershockError `unavailable` when one of them does not answer
 */
export function deployedIn(options: AwsOptions): Promise<AwsEnvironmentKind> {
  return awsEnvironment(options)
}

/** @throws AftershockError `usage` for a name that is none, `unavailable` for one that is not there yet. */
export function environmentOf(name: string): EnvironmentKind {
  const found = ENVIRONMENTS[name]
  if (found) return found
  if (!(NAMES as readonly string[]).includes(name))
    throw new AftershockError('usage', `--driver is '${name}'`, { hint: `it is one of ${NAMES.join(', ')}` })
  throw new AftershockError('unavailable', `there is no ${name} driver yet`, {
    hint: 'use --driver local; docs/drills-on-aws.md says what a drill there still lacks, and what `aws` can do already',
  })
}

/** Clients in other languages that try what a platform can do: what this machine has of them, and what can be fetched. */
export const otherClients = { findLibrdkafka, ensureProbeClients }

/** The lab of this machine that stays between runs, which no other environment has. */
export const lab = standingLab
