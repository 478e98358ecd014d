import type { Drill, TimelineEntry } from '../core/drill.ts'
import { describeComparison } from '../core/drill.ts'
import { type Platform, platformName } from '../core/platform.ts'
import { seededRandom } from '../core/random.ts'
import { linkId } from '../core/topology.ts'
import { formatDuration } from '../core/units.ts'
import type { LoadedDrill } from '../drill/load-drill.ts'
import type { Driver } from '../drivers/driver.ts'
import { labLayout } from '../drivers/local/lab-layout.ts'
import { faultOf } from '../faults/index.ts'
import { gatewayPlaces } from '../fleet/gateway-places.ts'
import { localCapabilities } from './prepare.ts'

interface PlannedEntry {
  readonly id: string
  readonly atMs: number
  readonly forMs: number | null
  readonly kind: string
  /** null: decided when it begins, since it depends on the state of the cluster. */
  readonly target: string | null
  readonly nodes: readonly number[]
  readonly links: readonly string[]
  readonly spec: unknown
}

/** What a run would do and touch, with the same seed; nothing is started, opened or written. */
export async function planDrill(drill: Drill, seed: string, platform: Platform): Promise<PlannedEntry[]> {
  const random = seededRandom(seed).fork('faults')
  const driver = paperDriver(drill, platform)
  return Promise.all(
    drill.timeline.map(async entry => {
      const base = {
        id: entry.id,
        atMs: entry.atMs,
        forMs: entry.role === 'fault' ? entry.forMs : null,
        kind: entry.kind,
        spec: entry.spec,
      }
      const target = entry.role === 'fault' ? await choose(entry, driver, random) : null
      return {
        ...base,
        target: target?.summary ?? null,
        nodes: target?.nodes ?? [],
        links: target?.links.map(linkId) ?? [],
      }
    }),
  )
}

async function choose(entry: TimelineEntry, driver: Driver, random: ReturnType<typeof seededRandom>) {
  try {
    return await faultOf(entry.kind).choose(driver, entry.spec, random.fork(entry.id))
  } catch {
    return null
  }
}

/** The lab's topology without a lab: whoever asks for the cluster's state learns that there is none. */
function paperDriver(drill: Drill, platform: Platform): Driver {
  const { topology } = labLayout(0, '', platform)
  const none = async () => Promise.reject(new Error('only known when the drill runs'))
  return {
    name: 'local',
    topology,
    capabilities: localCapabilities(platform),
    cluster: { describe: none },
    clients: { gateways: gatewayPlaces(drill.fleet, topology), crash: none, restart: none, look: none },
  }
}

export async function printPlan(
  { drill, path, sha256 }: LoadedDrill,
  seed: string,
  platform: Platform,
  json: boolean,
): Promise<string> {
  const entries = await planDrill(drill, seed, platform)
  if (json)
    return `${JSON.stringify({ drill: drill.drill, path, sha256, seed, platform, timeline: entries, gates: drill.gates }, null, 2)}\n`
  const topics = Object.entries(drill.contract.topics).map(
    ([topic, terms]) => `${topic} (${terms.partitions} × ${terms.replicas})`,
  )
  const lines = [
    drill.title,
    `${drill.drill}, seed ${seed}, SHA-256 ${sha256.slice(0, 16)}…`,
    '',
    `Starts   3 brokers of ${platformName(platform)} in 3 zones (${drill.kafka.timeouts} failover timeouts), ${drill.fleet.devices} devices on ${drill.fleet.gatewaysPerZone} gateways a zone`,
    `Makes    ${topics.join(', ')}`,
    ...(drill.warmUpMs > 0
      ? [`Warms up ${formatDuration(drill.warmUpMs)} at full load, before the steady state counts`]
      : []),
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

function planLines(entry: PlannedEntry): string[] {
  const at = `${(entry.atMs / 1000).toFixed(0)} s`.padStart(8)
  const fault = entry.kind === 'replay' ? 'replay from the oldest offset' : entry.kind
  const hold =
    entry.kind === 'replay'
      ? ''
      : entry.forMs === null
        ? ' until the end'
        : ` for ${formatDuration(entry.forMs)}`
  const target =
    entry.kind === 'replay'
      ? ''
      : `: ${entry.target ?? `decided when it begins (${JSON.stringify(entry.spec)})`}`
  const touched = entry.links.length > 0 ? [`${''.padStart(10)}${entry.links.join(' ')}`] : []
  return [`${at}  ${fault}${hold}${target}`, ...touched]
}
