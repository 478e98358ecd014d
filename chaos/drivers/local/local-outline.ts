import type { ConnectorsSpec } from '../../core/connectors.ts'
import type { Drill } from '../../core/drill.ts'
import { list, plural } from '../../core/numbers.ts'
import type { RegionsSpec } from '../../core/regions.ts'
import { formatBytes } from '../../core/units.ts'
import { type PlatformName, platformOf, platformTitle, usesObjectStore } from '../../platforms/index.ts'
import { idOfChoice } from '../../platforms/platform-id.ts'
import type { Capability } from '../driver.ts'
import type { Outline, PlatformChoice } from '../environment.ts'
import {
  type LabLayout,
  labLayout,
  withConnectCluster,
  withConnector,
  withMirror,
  withProcessor,
} from './lab/lab-layout.ts'
import { hasStockBrokers, releasesOf } from './lab-releases.ts'
import { labTopics } from './lab/lab-topics.ts'

/** What every lab can do; one with an object store can do that too, and a run brings its clients. */
export const LAB_CAPABILITIES = [
  'processes',
  'disks',
  'links',
  'settings',
  'commands',
] as const satisfies readonly Capability[]

/** What a run in the lab has, on paper: nothing is started, fetched or looked at. */
export function outlineOfLab(
  drill: Pick<Drill, OwnParts | 'security' | 'upgrade'>,
  platform: PlatformName,
): Outline {
  const { topology } = withOwnLinks(labLayout(0, '', platform), drill)
  return {
    name: 'local',
    platform,
    capabilities: new Set([
      ...LAB_CAPABILITIES,
      'clients' as const,
      ...(usesObjectStore(platform) ? (['objectStore'] as const) : []),
      ...(drill.connectors ? (['connectors'] as const) : []),
      ...(drill.processor ? (['processor'] as const) : []),
      ...(drill.regions ? (['regions'] as const) : []),
      ...(drill.upgrade && hasStockBrokers(platform) ? (['releases'] as const) : []),
      ...(drill.security ? (['access'] as const) : []),
    ]),
    topology,
    ...(drill.regions && { second: outlineOfSecond(drill.regions, platform) }),
    topics: (contract, needs) => labTopics(contract, platform, needs),
  }
}

/** Region b as faults may touch it. */
function outlineOfSecond(
  { brokers, platform: own }: RegionsSpec,
  platform: PlatformName,
): NonNullable<Outline['second']> {
  const there = own ?? platform
  const { topology } = labLayout(0, '', there, false, { brokers })
  const store = usesObjectStore(there) ? (['objectStore'] as const) : []
  return { topology, capabilities: new Set([...LAB_CAPABILITIES, ...store]) }
}

/** What a drill starts beside the lab. */
type OwnParts = 'connector' | 'connectors' | 'processor' | 'regions'

/** The links that the drill's Connect workers and its processor have of their own. */
export function withOwnLinks(
  layout: LabLayout,
  { connector, connectors, processor, regions }: Pick<Drill, OwnParts>,
): LabLayout {
  const mirrored = regions ? withMirror(layout) : layout
  const whole = processor ? withProcessor(mirrored, processor) : mirrored
  if (connector) return withConnector(whole, connector.zone)
  return connectors ? withConnectCluster(whole, connectors.zones) : whole
}

/** What a run starts besides its fleet, in words. */
export function partsOfLab(drill: Drill, choice: PlatformChoice): string[] {
  const { kafka, connector, connectors, processor, regions, security } = drill
  const releases = releasesOf(drill, choice)
  const { platform, automqDist, tieredPlugin } = choice
  const brokers = `3 brokers of ${platformTitle(idOfChoice(choice))} in 3 zones (${kafka.timeouts} failover timeouts)`
  const { options } = platformOf(platform)
  const from = fromWhere(platform, automqDist)
  const tier =
    tieredPlugin === undefined
      ? 'the remote log by the lab’s own reference store, not a product'
      : `the remote log by Aiven’s plugin in ${tieredPlugin}`
  return [
    `${brokers}${from}`,
    'Toxiproxy, with a proxy on every link',
    ...(security ? ['an authorizer in every broker, and a login for each role'] : []),
    ...(options.includes('tieredPlugin') ? [tier] : []),
    ...(usesObjectStore(platform)
      ? [
          'the object store versitygw, and the lab’s S3 proxy in front of it with a port and a link for each zone',
        ]
      : []),
    ...(connector
      ? [
          `a worker of Kafka Connect in ${connector.zone} over links of its own, whose sink writes ${connector.topics.join(', ')} to a file`,
        ]
      : []),
    ...(connectors
      ? [
          `${plural(connectors.zones.length, 'worker')} of Kafka Connect in ${connectors.zones.join(' and ')} over links of their own, with ${list(connectorsIn(connectors))}`,
          'PostgreSQL, which each worker reaches over a link of its own',
        ]
      : []),
    ...(processor
      ? [
          processor.command
            ? `${processor.zones.length} instances of the program ${processor.command.join(' ')} (which promises ${processor.guarantee}) in ${processor.zones.join(' and ')} over links of their own, and devices that answer its commands`
            : `${processor.zones.length} instances of a stateful processor (Kafka Streams, ${processor.guarantee}, ${plural(processor.standbys, 'standby replica')}) in ${processor.zones.join(' and ')} over links of their own, and devices that answer its commands`,
          ...(processor.writer ? ['PostgreSQL, to which each instance writes over a link of its own'] : []),
        ]
      : []),
    ...(regions ? partsOfRegions(regions, choice) : []),
    ...(releases
      ? [
          `the jars of Kafka ${releases.newer} beside those of ${releases.older}: brokers begin with ${releases.older}, and with what that has finalized`,
        ]
      : []),
  ]
}

/** Where what no registry has comes from. */
const fromWhere = (platform: PlatformName, automqDist: string | undefined): string =>
  platformOf(platform).versions.from === 'distribution'
    ? `, from ${automqDist ?? 'the folder in AUTOMQ_HOME'}`
    : ''

function partsOfRegions(
  { brokers, platform, link, mirror, wayBack, bothWays, failOver }: RegionsSpec,
  { platform: ofFirst, automqDist }: PlatformChoice,
): string[] {
  const own = platform ?? ofFirst
  const width = link.bytesPerSecond === undefined ? '' : `, ${formatBytes(link.bytesPerSecond)} a second wide`
  return [
    `a second region of ${plural(brokers, 'broker')}${platform === undefined ? '' : ` of ${platformTitle(platform)}`} in a block of addresses of its own, ${link.delayMs} ms away${width}${own === ofFirst ? '' : fromWhere(own, automqDist)}`,
    ...(usesObjectStore(own)
      ? ['an object store of its own there, with a proxy and a link for each zone']
      : []),
    `MirrorMaker 2 in a worker of Kafka Connect there (${mirror.policy} policy${mirror.emitCheckpoints ? '' : ', no checkpoints'})`,
    ...(bothWays ? ['a second worker that copies back into region a from the beginning on'] : []),
    ...(failOver.connectors === 'stays'
      ? []
      : ['another worker of Kafka Connect there, with the sinks, once devices have gone there']),
    ...(wayBack && !bothWays
      ? ['a second worker that copies back into region a, once devices have left it']
      : []),
  ]
}

const SOURCES = {
  log: 'of the database’s log',
  table: 'polling a table',
  'table-by-time': 'polling a table by time',
} as const

const connectorsIn = ({ sinks, sources, exactlyOnce }: ConnectorsSpec): string[] => [
  ...sinks.map(({ name, mode }) => `the JDBC sink ${name} (${mode})`),
  ...sources.map(
    ({ name, reads }) =>
      `the source ${name} (${SOURCES[reads]}, ${exactlyOnce ? 'exactly once' : 'at least once'})`,
  ),
]
