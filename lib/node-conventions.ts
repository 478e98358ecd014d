import { createHash } from 'node:crypto'
import { AftershockError } from '../chaos/core/errors.ts'
import { platformOf, usesSharedStorage } from '../chaos/platforms/index.ts'
import type { EnvironmentConfig } from './environment-schema.ts'
import { instanceMemoryMiB } from './instance-memory.ts'
import { jvmMemory } from './sizing.ts'

/** Where the bootstrap script puts things on a node; lib/assets/README.md documents them. */
export const NODE_PATHS = {
  /** The data volume, where there is one. */
  data: '/var/lib/aftershock',
  log: '/var/lib/aftershock/log',
  plugins: '/opt/aftershock/plugins',
  /** Files of parameters, filled in. */
  config: '/opt/aftershock/config',
  secrets: '/run/aftershock',
  /** On disk, for anybody to write; `/tmp` of Amazon Linux 2023 is memory. */
  shards: '/var/tmp/aftershock',
} as const

/** What the bootstrap script makes of a secret that SECRET_FILES names, in memory. */
export function secretFile(name: string): string {
  return `${NODE_PATHS.secrets}/${name}.properties`
}

/** Replaced by the bootstrap script: a stateless node has no name of its own. */
export const PRIVATE_IP_PLACEHOLDER = '@PRIVATE_IP@'

export type ParameterScope = 'kafka' | 'automq' | 'connect' | 'fleet' | 'runner' | 'addresses'

/** Every parameter of an environment is under its name, and every role reads only its own. */
export function parameterPath({ environment }: EnvironmentConfig, scope: ParameterScope): string {
  return `/aftershock/${environment}/${scope}`
}

/** Nodes cannot publish what the fleet's alarms read, nor the other way round. */
/** Of the packages that nodes install, where the environment names one. */
export function packageRelease({ image }: EnvironmentConfig): Record<string, string> {
  return image?.release === undefined ? {} : { PACKAGE_RELEASE: image.release }
}

export function metricNamespace({ environment }: EnvironmentConfig, of: 'nodes' | 'fleet'): string {
  return `Aftershock/${environment}/${of}`
}

/**
 * Kafka's id of a cluster: 16 bytes in URL-safe base64. It follows from the name, so that a template does not
 * change when it is synthesized again.
 */
export function clusterId({ environment }: EnvironmentConfig): string {
  const bytes = createHash('sha256').update(`aftershock cluster ${environment}`).digest().subarray(0, 16)
  // Kafka refuses ids that begin with a dash.
  bytes[0] = (bytes[0] as number) & 0x7f
  return bytes.toString('base64url')
}

export function brokerJvm(config: EnvironmentConfig, instanceType: string): readonly string[] {
  const memory = jvmMemory(instanceMemoryMiB(instanceType), usesSharedStorage(config.platform))
  const { runtime, title } = platformOf(config.platform)
  if (runtime.kind !== 'jvm') throw new AftershockError('internal', `${title} has no JVM to give options to`)
  return runtime.options(memory)
}
