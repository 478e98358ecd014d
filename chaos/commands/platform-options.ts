import { resolve } from 'node:path'
import { Option } from 'commander'
import { AftershockError } from '../core/errors.ts'
import { isPlatform, type Platform, PLATFORMS } from '../core/platform.ts'
import { nearest } from '../drill/nearest.ts'
import type { PlatformChoice } from '../drivers/environment.ts'
import type { Io } from './io.ts'

/** Options by which a command chooses what the lab runs. */
export interface PlatformOptions {
  readonly platform: string
  readonly automqDist?: string
  readonly tieredPlugin?: string
}

export const AUTOMQ_DIST = [
  '--automq-dist <file>',
  'a release tarball of AutoMQ (default: the folder in AUTOMQ_HOME)',
] as const
export const TIERED_PLUGIN = [
  '--tiered-plugin <dir>',
  'Aiven’s plugin, its core and s3 archives unpacked side by side (default: the lab’s own reference store)',
] as const

export function platformOption(): Option {
  return new Option('--platform <name>', PLATFORMS.join(', ')).default('kafka')
}

/** @throws AftershockError `usage` when there is no such platform, or an option belongs to another. */
export function platformChoice(
  { platform, automqDist, tieredPlugin }: PlatformOptions,
  io: Io,
): PlatformChoice {
  if (!isPlatform(platform)) {
    const guess = nearest(platform, PLATFORMS)
    throw new AftershockError('usage', `--platform is '${platform}'`, {
      hint: `it is one of ${PLATFORMS.join(', ')}${guess === undefined ? '' : `; did you mean ${guess}?`}`,
    })
  }
  if (automqDist !== undefined) refuseOptionOfAnother(platform, '--automq-dist', ['automq', 'automq-router'])
  if (tieredPlugin !== undefined) refuseOptionOfAnother(platform, '--tiered-plugin', ['kafka-tiered'])
  return {
    platform,
    ...(automqDist !== undefined && { automqDist: resolve(io.cwd, automqDist) }),
    ...(tieredPlugin !== undefined && { tieredPlugin: resolve(io.cwd, tieredPlugin) }),
  }
}

/** Ignored, it would let who forgot `--platform` measure another platform than the one that was brought. */
function refuseOptionOfAnother(platform: Platform, option: string, owners: readonly Platform[]): void {
  if (owners.includes(platform)) return
  throw new AftershockError('usage', `${option} is not for the platform ${platform}`, {
    hint: `add --platform ${owners.join(' or --platform ')}, or leave ${option} out`,
  })
}
