import { platformId } from '../platforms/platform-id.ts'
import { AftershockError } from '../core/errors.ts'
import { grouped } from '../core/grouped.ts'
import { formatBytes } from '../core/units.ts'
import type { HeaderFile } from '../record/run-header.ts'
import type { RunFolder } from './run-folder.ts'

/** What must be the same for every run of a comparison, and how it is said. */
interface Condition {
  readonly what: string
  readonly of: (header: HeaderFile) => string
}

/** Of versions, those that are the tool's: brokers' own are what is compared. */
const TOOL = ['aftershock', 'node', 'kafkajs', 'toxiproxy'] as const

const CONDITIONS: readonly Condition[] = [
  { what: 'drill', of: ({ drill, drillSha256 }) => `${drill.drill}, SHA-256 ${drillSha256}` },
  { what: 'seed', of: ({ seed }) => seed },
  { what: 'failover time-outs', of: ({ drill }) => drill.kafka.timeouts },
  ...TOOL.map((name): Condition => ({ what: name, of: ({ versions }) => versions[name] ?? 'not stated' })),
  { what: 'commit of the program', of: ({ commit }) => commit ?? 'not a checkout' },
  { what: 'driver', of: ({ driver }) => driver },
  {
    what: 'environment',
    of: ({ ownsLab }) => (ownsLab ? 'started for the run' : 'one that was up already'),
  },
  { what: 'zones', of: ({ zones }) => zones.join(', ') },
  { what: 'nodes', of: ({ nodes }) => nodes.map(({ id, zone }) => `${id} in ${zone}`).join(', ') },
  { what: 'operating system', of: ({ machine }) => `${machine.os} ${machine.arch}` },
  { what: 'CPU model', of: ({ machine }) => machine.cpuModel },
  { what: 'CPUs', of: ({ machine }) => String(machine.cpus) },
  // The kernel keeps a little more or less for itself from boot to boot.
  { what: 'memory', of: ({ machine }) => `${(machine.memoryBytes / 1e9).toFixed(1)} GB` },
]

/** One thing in which runs differ that must be the same. */
export interface Difference {
  readonly what: string
  /** Each value, and the runs that have it. */
  readonly values: readonly { readonly value: string; readonly runs: readonly string[] }[]
}

/** What keeps these runs from being compared; empty when nothing does. `name` is how each is called. */
export function differences(
  runs: readonly RunFolder[],
  name: (run: RunFolder) => string = run => run.path,
): Difference[] {
  const among = (what: string, some: readonly RunFolder[], of: (run: RunFolder) => string): Difference[] => {
    const values = grouped(some, of).map(([value, having]) => ({ value, runs: having.map(name) }))
    return values.length > 1 ? [{ what, values }] : []
  }
  const used = runs.map(({ header: { drill } }) => asUsed(drill))
  return [
    ...CONDITIONS.flatMap(({ what, of }) => among(what, runs, ({ header }) => of(header))),
    ...[...new Set(used.flatMap(Object.keys))].flatMap(key =>
      among(key, runs, run => used[runs.indexOf(run)]?.[key] ?? 'not stated'),
    ),
    ...among('java', runs, ({ configuration }) => configuration?.software['java'] ?? 'not stated'),
    ...grouped(runs, columnOf).flatMap(([platform, some]) => [
      ...among(`software of ${platform}`, some, softwareWords),
      ...[
        ...new Set(some.flatMap(({ configuration }) => Object.keys(configuration?.settings ?? {}))),
      ].flatMap(key =>
        among(`configuration of ${platform}, ${key}`, some, ({ configuration }) =>
          configuration === null ? 'not kept' : (configuration.settings[key] ?? 'not set'),
        ),
      ),
    ]),
  ]
}

/**
 * The drill's digest is of its file, which names its contract and leaves out defaults; and a digest is only what a
 * run says of itself. So all that was played is compared: timeline, gates, steady state and the rest.
 */
function asUsed({ contract, fleet, ...rest }: HeaderFile['drill']): Leaves {
  // These two are conditions of their own.
  const drill = { ...rest, seed: null, kafka: null }
  return { ...leaves('contract', contract), ...leaves('clients', fleet), ...leaves('drill', drill) }
}

/** @throws AftershockError `input` when one run is there more than once, as itself or as a copy. */
export function refuseTwice(runs: readonly RunFolder[], name: (run: RunFolder) => string): void {
  const same = [
    ...grouped(runs, ({ header }) => `${header.run} ${header.startedAtWallMs}`),
    // Whatever a copy calls itself, it has the journal of the run that it was taken from.
    ...grouped(runs, ({ journalSha256, path }) => journalSha256 ?? path),
  ].find(([, having]) => having.length > 1)?.[1]
  if (!same) return
  throw new AftershockError(
    'input',
    `the same run is there ${same.length} times: ${same.map(name).join(', ')} (${same[0]?.header.run})`,
    { hint: 'A copy is no repeat: leave it out, or run the drill again.' },
  )
}

/** @throws AftershockError `input` that names every difference. */
export function refuseDifferent(runs: readonly RunFolder[], name?: (run: RunFolder) => string): void {
  const found = differences(runs, name)
  if (found.length === 0) return
  const words = found.map(
    ({ what, values }) =>
      `${what}: ${values.map(({ value, runs: having }) => `${value} (${having.join(', ')})`).join(' against ')}`,
  )
  throw new AftershockError('input', `these runs are not comparable:\n  ${words.join('\n  ')}`, {
    hint: 'Leave out those that differ, or run them again under the same conditions.',
  })
}

/** For people: what all runs have in common. */
export function sameWords(header: HeaderFile): { readonly what: string; readonly value: string }[] {
  const { drill, machine, versions, zones, commit } = header
  const { fleet } = drill
  return [
    { what: 'drill', value: `${drill.drill}, SHA-256 ${header.drillSha256.slice(0, 12)}…` },
    { what: 'seed', value: header.seed },
    {
      what: 'contract',
      value: `${drill.contract.contract}, ${Object.keys(drill.contract.topics).length} topics`,
    },
    {
      what: 'clients',
      value: `kafkajs ${versions.kafkajs ?? 'of an unknown version'}, ${fleet.devices} devices, ${fleet.gatewaysPerZone} gateways a zone, telemetry of ${fleet.telemetry.payloadBytes} bytes every ${fleet.telemetry.intervalMs} ms, linger ${fleet.lingerMs} ms, acks ${fleet.acks}${fleet.idempotent ? ', idempotent' : ''}${fleet.compression === 'none' ? '' : `, ${fleet.compression}`}`,
    },
    { what: 'failover time-outs', value: drill.kafka.timeouts },
    { what: 'zones', value: zones.join(', ') },
    {
      what: 'machine',
      value: `${machine.cpuModel}, ${machine.cpus} CPUs, ${formatBytes(machine.memoryBytes)}, ${machine.os} ${machine.arch}`,
    },
    {
      what: 'program',
      value: `aftershock ${versions.aftershock ?? ''} (${commit?.slice(0, 12) ?? 'not a checkout'}), Node ${versions.node ?? ''}`,
    },
  ]
}

/** Two versions of a platform are two columns. */
export const columnOf = ({ platform, version }: RunFolder): string => platformId({ platform, version })

function softwareWords(run: RunFolder): string {
  const { software } = run
  const own = Object.entries(softwareVersions(run)).map(([name, version]) => `${name} ${version}`)
  return [`${software.name} (${software.kind})`, ...own.toSorted()].join(', ')
}

/** Versions of all that a run's platform is made of, with those that only its configuration names. */
export function softwareVersions({ header, configuration }: RunFolder): Record<string, string> {
  const { java: _, ...own } = configuration?.software ?? {}
  return { ...platformVersions(header.versions), ...own }
}

/** Versions of what is the same for every platform: the tool's, and Java's. */
export function commonVersions({ header: { versions }, configuration }: RunFolder): Record<string, string> {
  const own = platformVersions(versions)
  const tool = Object.entries(versions).filter(([name]) => !(name in own))
  const java = configuration?.software['java']
  return { ...Object.fromEntries(tool), ...(java !== undefined && { java }) }
}

/** Versions of what a platform is made of, without the tool's own. */
export function platformVersions(versions: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(versions).filter(([name]) => !(TOOL as readonly string[]).includes(name)),
  )
}

type Leaves = Readonly<Record<string, string>>

/** Every value of a tree by its path: `clients.telemetry.payloadBytes`; what has an id, by that: `timeline.kill.atMs`. */
function leaves(path: string, value: unknown): Leaves {
  if (value === null || typeof value !== 'object') return { [path]: String(value) }
  const entries = Object.entries(value).map(([key, inner]) => [idOf(inner) ?? key, inner] as const)
  return Object.assign({}, ...entries.map(([key, inner]) => leaves(`${path}.${key}`, inner)))
}

function idOf(value: unknown): string | null {
  const named = value !== null && typeof value === 'object' && 'id' in value ? value.id : null
  return typeof named === 'string' ? named : null
}
