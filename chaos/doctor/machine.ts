/** What is known about a machine: everything that `diagnose` judges, and nothing that it has to look up. */
export interface MachineFacts {
  readonly os: OperatingSystem
  /** `20.20.2` */
  readonly node: string
  /** Null when it is absent or does not run. */
  readonly java: { readonly version: string; readonly command: string } | null
  readonly maven: string | null
  readonly go: { readonly version: string; readonly fetchesNewer: boolean } | null
  /** A `toxiproxy-server` on the PATH that is new enough. */
  readonly toxiproxy: string | null
  /** What an earlier set-up left and still verifies. */
  readonly cached: { readonly kafka: boolean; readonly toxiproxy: boolean; readonly versitygw: boolean }
  /** Whether there is a released binary for this machine, which needs no Go. */
  readonly released: { readonly toxiproxy: boolean; readonly versitygw: boolean }
  readonly lab: {
    readonly block: number
    /** Addresses that no socket can be bound to. */
    readonly unbindable: readonly string[]
    /** Sockets that something else has: `127.20.0.1:9092`. */
    readonly taken: readonly string[]
    /** A lab of this user is up in this block, so that taken sockets are as they should be. */
    readonly isUp: boolean
  }
  readonly memoryAvailableBytes: number
  readonly disks: readonly { readonly holds: string; readonly path: string; readonly freeBytes: number }[]
  /** The soft limit; null when it could not be read. */
  readonly openFiles: number | null
  readonly ss: string | null
  /** What `AUTOMQ_HOME` names: null when it is not set. */
  readonly automq: AutoMqFacts | null
  readonly postgres: PostgresFacts
  readonly chromium: string | null
  /** librdkafka, by Python: `librdkafka 2.16.0 (confluent-kafka 2.16.1)`. */
  readonly librdkafka: string | null
}

/** The database that sinks of connectors write to. */
export interface PostgresFacts {
  /** null: this machine has no server. */
  readonly installed: { readonly version: string; readonly postgres: string } | null
  /** A portable one that an earlier set-up left. */
  readonly isPortableCached: boolean
  /** Whether there is a portable one for this machine. */
  readonly hasPortable: boolean
}

export type AutoMqFacts =
  | {
      readonly home: string
      readonly version: string
      readonly kafkaVersion: string
      readonly kind: 'product' | 'stand-in'
    }
  /** Why it is no distribution. */
  | { readonly flaw: string }

export const FAMILIES = ['debian', 'fedora', 'macos'] as const
/** Whose commands mend a lack. */
export type Family = (typeof FAMILIES)[number]

export interface OperatingSystem {
  /** Null: neither of the three, so all three are printed. */
  readonly family: Family | null
  /** For people: `Debian GNU/Linux 12 (bookworm)`. */
  readonly name: string
  /** `debian`, `ubuntu`, `fedora`, `macos`, … */
  readonly id: string
  /** The major version, where there is one. */
  readonly version: number | null
  /** Whether the lab runs there at all. */
  readonly supported: boolean
}

const nameOf = (platform: string): string => (platform === 'win32' ? 'Windows' : platform)

/** @param platform Node's name for it. @param release what the system says: `/etc/os-release`, or the version. */
export function operatingSystem(platform: string, release: string): OperatingSystem {
  if (platform === 'darwin')
    return {
      family: 'macos',
      name: `macOS ${release}`,
      id: 'macos',
      version: major(release),
      supported: true,
    }
  if (platform !== 'linux')
    return { family: null, name: nameOf(platform), id: platform, version: null, supported: false }
  const field = (name: string) => new RegExp(`^${name}="?([^"\\n]*)"?$`, 'm').exec(release)?.[1] ?? ''
  const id = field('ID') || 'linux'
  const kin = new Set([id, ...field('ID_LIKE').split(/\s+/)])
  const family =
    kin.has('debian') || kin.has('ubuntu') ? 'debian' : kin.has('fedora') || kin.has('rhel') ? 'fedora' : null
  return {
    family,
    name: field('PRETTY_NAME') || 'Linux',
    id,
    version: major(field('VERSION_ID')),
    supported: true,
  }
}

export function major(version: string): number | null {
  const match = /^\d+/.exec(version)
  return match ? Number(match[0]) : null
}

/** Whether `version` (`3.8.7`) is `minimum` or newer, number by number. */
export function atLeastVersion(version: string, minimum: string): boolean {
  const [have, want] = [version, minimum].map(text =>
    text.split('.').map(part => Number.parseInt(part, 10) || 0),
  )
  for (const [index, wanted] of (want ?? []).entries()) {
    const found = have?.[index] ?? 0
    if (found !== wanted) return found > wanted
  }
  return true
}

/** `17.0.15` is 17; before Java 9 it was called `1.8.0`. */
export function javaMajor(version: string): number {
  return Number(/^(?:1\.)?(\d+)/.exec(version)?.[1] ?? 0)
}
