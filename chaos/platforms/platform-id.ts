import { findPlatform, type PlatformName } from './index.ts'

/**
 * A platform, and which version of it where one was asked for: `kafka`, `kafka@4.4.0`. In a comparison it is the name
 * of a column, since two versions of a platform are compared like two platforms.
 */
export type PlatformId = PlatformName | `${PlatformName}@${string}`

export interface PlatformVersion {
  readonly platform: PlatformName
  /** null: the one that this program ships, or that comes with the distribution. */
  readonly version: string | null
}

export function platformId({ platform, version }: PlatformVersion): PlatformId {
  return version === null ? platform : `${platform}@${version}`
}

/** `kafka` of `kafka@4.4.0`. */
export function nameOfId(id: PlatformId): PlatformName {
  return parsePlatformId(id)?.platform ?? (id as PlatformName)
}

/** undefined when it does not name a platform that there is; its version may be any text without spaces. */
export function parsePlatformId(text: string): PlatformVersion | undefined {
  const [, name = '', version] = /^([^@\s]*)(?:@(\S+))?$/.exec(text) ?? []
  const platform = findPlatform(name)
  return platform && { platform: platform.name, version: version ?? null }
}

export function isPlatformId(text: unknown): text is PlatformId {
  return typeof text === 'string' && parsePlatformId(text) !== undefined
}

/** `4.4.0`, `4.4.0-rc1`: what Maven could have. */
const VERSION = /^\d+\.\d+\.\d+(-[A-Za-z0-9.]+)?$/

/**
 * Why no node can be of this version; undefined when nothing speaks against it.
 * @returns what was seen, and what to do
 */
export function versionProblem({
  platform,
  version,
}: PlatformVersion): readonly [string, string] | undefined {
  const versions = findPlatform(platform)?.versions
  if (version === null || !versions) return undefined
  if (versions.from === 'distribution')
    return [
      `'${platform}@${version}': the version of ${platform} comes with its distribution`,
      `give the one that you want: --platform ${platform} ${versions.option}`,
    ]
  if (!VERSION.test(version))
    return [`'${platform}@${version}': that is no version`, `for example ${platform}@${versions.shipped}`]
  if (isOlder(version, versions.oldest))
    return [
      `'${platform}@${version}': the oldest version that can be run is ${versions.oldest}`,
      `for example ${platform}@${versions.oldest}`,
    ]
  return undefined
}

/** Of two versions by their numbers. */
export function isOlder(a: string, b: string): boolean {
  const [left, right] = [numbers(a), numbers(b)]
  const at = left.findIndex((number, index) => number !== right[index])
  return at >= 0 && (left[at] ?? 0) < (right[at] ?? 0)
}

const numbers = (version: string): number[] => (version.split('-')[0] ?? '').split('.').map(Number)

/** What somebody chose: null where nobody named a version. */
interface Choice {
  readonly platform: PlatformName
  readonly version?: string
}

/** As it was asked for. */
export function idOfChoice({ platform, version }: Choice): PlatformId {
  return platformId({ platform, version: version ?? null })
}

/** What is meant where nobody named a version: the one that this program ships. null: that of the distribution. */
export function versionOfChoice({ platform, version }: Choice): PlatformVersion {
  const versions = findPlatform(platform)?.versions
  return { platform, version: version ?? (versions?.from === 'maven' ? versions.shipped : null) }
}
