import { actionOf } from '../actions/index.ts'
import { describeComparison, type Drill, type FaultEntry } from '../core/drill.ts'
import { AftershockError } from '../core/errors.ts'
import { seededRandom } from '../core/random.ts'
import { linkId } from '../core/topology.ts'
import { formatBytes, formatDuration } from '../core/units.ts'
import { wrapped } from '../core/wrapped.ts'
import { neededCapabilities } from '../drill/capabilities.ts'
import type { LoadedDrill } from '../drill/load-drill.ts'
import type { Driver } from '../drivers/driver.ts'
import { driverOf } from '../drivers/driver-of.ts'
import type { EnvironmentKind, Outline, PlatformChoice } from '../drivers/environment.ts'
import { faultOf } from '../faults/index.ts'
import { gatewayPlaces } from '../fleet/gateway-places.ts'
import { expectationsOf } from './expectations.ts'

interface PlannedEntry {
  readonly id: string
  readonly atMs: number
  readonly forMs: number | null
  readonly kind: string
  /** Absent: region a, or the only one. */
  readonly cluster?: 'b'
  /** null: decided when it begins, since it depends on the state of the cluster. */
  readonly target: string | null
  /** Of an action, what it does; null of a fault. */
  readonly does: string | null
  readonly nodes: readonly number[]
  readonly links: readonly string[]
  readonly spec: unknown
  /** Why the run may be inconclusive, from the drill alone; null: nothing is known. */
  readonly concern: string | null
}

/**
 * What a run would do and touch, with the same seed; nothing is started, opened or written.
 * @throws AftershockError `refused` when a fault fits nothing that there is.
 */
export async function planDrill(drill: Drill, seed: string, outline: Outline): Promise<PlannedEntry[]> {
  const random = seededRandom(seed).fork('faults')
  const driver = paperDriver(drill, outline)
  const { second } = outline
  const paper = second ? { ...driver, second: { ...driver, ...second } } : driver
  return Promise.all(
    drill.timeline.map(async entry => {
      const base = {
        id: entry.id,
        atMs: entry.atMs,
        forMs: entry.role === 'fault' ? entry.forMs : null,
        kind: entry.kind,
        spec: entry.spec,
      }
      const target = entry.role === 'fault' ? await choose(entry, paper, random) : null
      return {
        ...base,
        ...(entry.role === 'fault' && entry.cluster && { cluster: entry.cluster }),
        target: target?.summary ?? null,
        does: entry.role === 'action' ? actionOf(entry.kind).describe(entry.spec) : null,
        nodes: target?.nodes ?? [],
        links: target?.links.map(linkId) ?? [],
        concern: entry.role === 'fault' ? (faultOf(entry.kind).concern?.(entry.spec) ?? null) : null,
      }
    }),
  )
}

async function choose(entry: FaultEntry, all: Driver, random: ReturnType<typeof seededRandom>) {
  const driver = driverOf(all, entry.cluster)
  try {
    return await faultOf(entry.kind).choose(driver, entry.spec, random.fork(entry.id))
  } catch (error) {
    if (error instanceof AftershockError && error.code === 'refused')
      throw new AftershockError('refused', `${entry.id} has nothing to act on: ${error.message}`, {
        hint: `the ${driver.topology.nodes.length} brokers are ${driver.topology.nodes.map(({ id, zone }) => `${id} (${zone})`).join(', ')}`,
        cause: error,
      })
    return null
  }
}

/** An environment on paper: whoever asks for the cluster's state learns that there is none. */
function paperDriver({ fleet }: Drill, { name, topology, capabilities }: Outline): Driver {
  const none = async () => Promise.reject(new AftershockError('internal', 'only known when the drill runs'))
  return {
    name,
    topology,
    capabilities,
    cluster: { describe: none },
    clients: {
      gateways: gatewayPlaces(fleet, topology),
      crash: none,
      restart: none,
      shut: none,
      reopen: none,
      look: none,
      listen: none,
      devices: { first: 0, count: fleet.devices },
      misbehave: none,
      mend: none,
      stored: none,
    },
  }
}

export async function printPlan(
  { drill, path, sha256 }: LoadedDrill,
  seed: string,
  kind: EnvironmentKind,
  choice: PlatformChoice,
  json: boolean,
  /** How many runs of it. @default 1 */
  times = 1,
): Promise<string> {
  const { platform } = choice
  const outline = kind.outline(drill, platform)
  const entries = await planDrill(drill, seed, outline)
  const parts = kind.parts(drill, choice)
  const made = outline.topics(drill.contract, neededCapabilities(drill))
  if (json) {
    const topics = Object.fromEntries(
      made.map(({ topic, numPartitions: partitions, replicationFactor: replicas }) => [
        topic,
        { partitions, replicas },
      ]),
    )
    const { totalMs, memoryBytes, labBytes, evidenceBytes } = expectationsOf(drill, platform)
    const expected = {
      totalMs: Math.round(totalMs),
      memoryBytes,
      labBytes: Math.round(labBytes),
      evidenceBytes: Math.round(evidenceBytes),
    }
    const plan = {
      runs: times,
      expected,
      drill: drill.drill,
      path,
      sha256,
      seed,
      platform,
      starts: parts,
      topics,
    }
    return `${JSON.stringify({ ...plan, timeline: entries, gates: drill.gates }, null, 2)}\n`
  }
  const topics = made.map(
    ({ topic, numPartitions, replicationFactor }) => `${topic} (${numPartitions} × ${replicationFactor})`,
  )
  const lines = [
    drill.title,
    `${drill.drill}, seed ${seed}, SHA-256 ${sha256.slice(0, 16)}…`,
    '',
    ...[...parts, `${drill.fleet.devices} devices on ${drill.fleet.gatewaysPerZone} gateways a zone`].map(
      (part, index) => (index === 0 ? 'Starts' : '').padEnd(9) + part,
    ),
    `Makes    ${topics.join(', ')}`,
    ...(drill.warmUpMs > 0
      ? [`Warms up ${formatDuration(drill.warmUpMs)} at full load, before the steady state counts`]
      : []),
    ...expectedLines(drill, outline, times),
    '',
    ...entries.flatMap(planLines),
    `${''.padStart(8)}  then ${formatDuration(drill.settleMs)} to settle, and the steady state must hold again`,
    '',
    'Gates',
    ...drill.gates.map(
      gate =>
        `  ${gate.gate} ${gate.reportOnly ? '(reported only)' : describeComparison(gate)}${gate.outsideOf ? ` outside of ${gate.outsideOf}` : ''}${gate.of ? ` for ${gate.of}` : ''}`,
    ),
    '',
    'Nothing was touched.',
  ]
  return `${lines.join('\n')}\n`
}

/** `target: leader-of telemetry/0`, for a spec as its author wrote it. */
function specWords(spec: unknown): string {
  if (typeof spec !== 'object' || spec === null) return String(spec)
  const words = Object.entries(spec).map(
    ([key, value]) => `${key}: ${specWords(value).replaceAll(': ', ' ')}`,
  )
  return words.join(', ')
}

function expectedLines(drill: Drill, { platform, name }: Outline, times: number): string[] {
  const { totalMs, memoryBytes, labBytes, evidenceBytes } = expectationsOf(drill, platform)
  const whole =
    times === 1
      ? ''
      : ` each; ${times} runs, one after the other: ${about(totalMs * times)}, ${formatBytes(evidenceBytes * times)} of evidence`
  // Brokers that were there before take nothing of this machine.
  const ofLab =
    name === 'attach'
      ? ''
      : `${formatBytes(memoryBytes)} of memory, ${formatBytes(labBytes)} of disk while it runs, `
  return [`Takes    ${about(totalMs)}, ${ofLab}${formatBytes(evidenceBytes)} of evidence${whole}`]
}

/** An estimate has no seconds. */
function about(ms: number): string {
  if (ms < 90_000) return `about ${Math.ceil(ms / 10_000) * 10} s`
  const minutes = Math.round(ms / 60_000)
  if (minutes < 120) return `about ${minutes} min`
  return `about ${(ms / 3_600_000).toFixed(1)} h`
}

function planLines(entry: PlannedEntry): string[] {
  const at = `${(entry.atMs / 1000).toFixed(0)} s`.padStart(8)
  if (entry.does !== null) return [`${at}  ${entry.does}`]
  const hold = entry.forMs === null ? ' until the end' : ` for ${formatDuration(entry.forMs)}`
  const target = entry.target ?? `decided when it begins (${specWords(entry.spec)})`
  const touched = entry.links.length > 0 ? [wrapped(entry.links.join(' '), 80, ' '.repeat(10))] : []
  const concern = entry.concern === null ? [] : [`${''.padStart(10)}! ${entry.concern}`]
  const where = entry.cluster === 'b' ? ' in region b' : ''
  return [`${at}  ${entry.kind}${where}${hold}: ${target}`, ...touched, ...concern]
}
