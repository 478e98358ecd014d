import { AftershockError } from '../core/errors.ts'
import { automq, automqRouter } from './automq/traits.ts'
import { kafkaTiered } from './kafka-tiered/traits.ts'
import { kafka } from './kafka/traits.ts'
import type { Platform } from './platform.ts'

/** Every platform there is, in the order in which comparisons show them. */
const REGISTERED = [kafka, kafkaTiered, automq, automqRouter] as const
export type PlatformName = (typeof REGISTERED)[number]['name']

export const PLATFORMS: readonly Platform<PlatformName>[] = REGISTERED
export const PLATFORM_NAMES = REGISTERED.map(({ name }) => name)
/** A bill asks for its platform many times, and a curve for many bills. */
const BY_NAME: ReadonlyMap<string, Platform<PlatformName>> = new Map(
  PLATFORMS.map(platform => [platform.name, platform]),
)

/** What runs when nobody chooses; and what ran before there was a choice, when runs did not say what. */
export const DEFAULT_PLATFORM: PlatformName = kafka.name

export function isPlatformName(name: string): name is PlatformName {
  return BY_NAME.has(name)
}

export function platformOf(name: PlatformName): Platform<PlatformName> {
  const platform = findPlatform(name)
  if (!platform) throw new AftershockError('internal', `no platform is called ${name}`)
  return platform
}

/**
 * By what a file says, which may be of another version of this program: undefined when it is not known here. What
 * stands behind an `@` is a version (platform-id.ts).
 */
export function findPlatform(id: string): Platform<PlatformName> | undefined {
  const version = id.indexOf('@')
  return BY_NAME.get(version < 0 ? id : id.slice(0, version))
}

/** For people, with its version where the id has one; a name that is not ours is shown as it is. */
export function platformTitle(id: string): string {
  return withVersion(findPlatform(id)?.title, id)
}

/** As `platformTitle`, where there is little room. */
export function shortPlatformTitle(id: string): string {
  return withVersion(findPlatform(id)?.shortTitle, id)
}

function withVersion(title: string | undefined, id: string): string {
  const [, version] = id.split('@')
  if (title === undefined) return id
  return version === undefined ? title : `${title} ${version}`
}

/** Whether records of this platform are (also) kept in an object store. Of one that is not known: no. */
export function usesObjectStore(name: string): boolean {
  const storage = findPlatform(name)?.storage
  return storage === 'tiered' || storage === 'shared'
}

/** Whether closed segments move from the brokers to an object store. Of one that is not known: no. */
export function usesTieredStorage(name: string): boolean {
  return findPlatform(name)?.storage === 'tiered'
}

/** Whether all records are in an object store that the brokers share. Of one that is not known: no. */
export function usesSharedStorage(name: string): boolean {
  return findPlatform(name)?.storage === 'shared'
}

/** Whether brokers keep the copies that a topic asks for. Of one that is not known: yes, as Kafka does. */
export function replicates(name: string): boolean {
  return findPlatform(name)?.copies !== 'one'
}

/** Why its brokers cannot be upgraded: their version is the one of a distribution. */
export const noSecondRelease = (drill: string, platform: PlatformName): AftershockError =>
  new AftershockError(
    'refused',
    `${drill} upgrades brokers, and ${platformTitle(platform)} has no second version here: its brokers are those of one distribution`,
    {
      hint: `choose --platform ${PLATFORMS.filter(({ versions }) => versions.from === 'maven')
        .map(({ name }) => name)
        .join(' or ')}`,
    },
  )

/** Copies of a topic that belongs to the cluster itself, in three zones. */
export function internalReplicas(name: string): 1 | 3 {
  return replicates(name) ? 3 : 1
}

/** Both settings of one product, where one is asked for: its dearer one alone would be an unfair picture of it. */
export function withVariants(names: readonly PlatformName[]): PlatformName[] {
  const product = ({ name, variantOf }: Platform<PlatformName>) => variantOf ?? name
  const asked = new Set(names.map(name => product(platformOf(name))))
  return PLATFORMS.filter(platform => asked.has(product(platform))).map(({ name }) => name)
}
