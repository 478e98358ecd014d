import type { ConnectorsSpec } from '../../core/connectors.ts'
import type { Drill, TimelineEntry } from '../../core/drill.ts'
import { AftershockError, messageOf } from '../../core/errors.ts'
import type { RegionsSpec } from '../../core/regions.ts'
import { ZONES } from '../../core/topology.ts'
import { internalReplicas, platformOf, platformTitle, usesObjectStore } from '../../platforms/index.ts'
import { secondRegion } from '../../platforms/second-region.ts'
import type {
  Environment,
  OpenOptions,
  Outline,
  PlatformChoice,
  Setup,
  StartedEnvironment,
} from '../environment.ts'
import { keepConfiguration } from './lab/kept-configuration.ts'
import type { StartedLab } from './lab/lab.ts'
import { labOperator, openLabAccess, rightsFor } from './lab/lab-access.ts'
import { withLabAdmin } from './lab/lab-admin.ts'
import { currentBlock, type LabLayout, labLayout } from './lab/lab-layout.ts'
import { labLogin } from './lab/lab-logins.ts'
import { labMeters } from './lab/lab-meters.ts'
import { LEAVE_MS, labOfRun, leaveLab } from './lab/lab-of-run.ts'
import { plainKafka } from './lab/installed-platform.ts'
import { isStanding, labDirectory, type LabState, readLabState } from './lab/lab-state.ts'
import { LinkMeter } from '../link-meter.ts'
import { localDriver } from './local-driver.ts'
import { hasStockBrokers, releasesOf } from './lab-releases.ts'
import { outlineOfLab, withOwnLinks } from './local-outline.ts'
import { kafkaRuntime } from './nodes/kafka-node.ts'
import { restartBrokers } from './nodes/restart-policy.ts'
import { clusterControl } from './connect/cluster-control.ts'
import { openCluster } from './connect/run-cluster.ts'
import { openConnector } from './connect/run-connector.ts'
import { groupView } from './processor/group-view.ts'
import { instanceControl } from './processor/instance-control.ts'
import { instancesOfRun } from './processor/instances.ts'
import { DeviceMemory } from './processor/device-answers.ts'
import { openProcessor } from './processor/open-processor.ts'
import { followingSinks } from './regions/following-sinks.ts'
import { followingProcessor } from './regions/following-processor.ts'
import { secondCluster } from './regions/second-cluster.ts'
import { type ConnectDistribution, ensureConnect } from './setup/connect.ts'
import { ensureKafka } from './setup/kafka.ts'
import { ensureMirror } from './setup/mirror.ts'
import { availableBytes, refuseShortMemory } from './regions/short-memory.ts'
import { openRegions } from './regions/open-regions.ts'
import { type ConnectPlugin, ensureJdbcSink, ensurePostgresSource } from './setup/debezium.ts'
import { type DeviceTwin, ensureDeviceTwin } from './setup/device-twin.ts'
import { ensureOutboxPoller } from './setup/outbox-poller.ts'
import { ensureLab, type InstalledSoftware } from './setup/lab.ts'
import { ensurePostgres, type Postgres } from './setup/postgres.ts'

/** What a run is to use: the lab that stays, or the software for one of its own. */
interface Prepared {
  readonly outline: Outline
  readonly choice: PlatformChoice
  readonly layout: LabLayout
  /** null: the lab that stays. */
  readonly software: InstalledSoftware | null
  /** null: the drill has no connector. */
  readonly connect: ConnectDistribution | null
  /** null: the drill has no sinks into a database. */
  readonly sinks: DatabaseSoftware | null
  /** null: the drill has no stateful processor. */
  readonly twin: DeviceTwin | null
  /** null: the drill has one cluster. */
  readonly second: { readonly software: InstalledSoftware; readonly distribution: ConnectDistribution } | null
  /** null: its instances write to no database. */
  readonly written: Postgres | null
  /** null: the drill has one release. */
  readonly upgrade: NonNullable<LabState['upgrade']> | null
  readonly env: NodeJS.ProcessEnv
}

/** Three brokers, each with a minute to end and two to be in sync. */
const RESTORE_MS = 540_000

interface DatabaseSoftware {
  readonly database: Postgres
  readonly sink: ConnectPlugin
  /** null: the drill has no sources. */
  readonly source: ConnectPlugin | null
  /** null: no source reads a table. */
  readonly poller: ConnectPlugin | null
}

async function databaseSoftware(
  { sources }: ConnectorsSpec,
  connect: ConnectDistribution,
  setup: Setup,
): Promise<DatabaseSoftware> {
  const source = sources.length > 0 ? await ensurePostgresSource(setup) : null
  const polls = sources.some(({ reads }) => reads !== 'log')
  return {
    database: await ensurePostgres(setup),
    sink: await ensureJdbcSink(setup),
    source,
    poller: source && polls ? await ensureOutboxPoller(setup, connect, source) : null,
  }
}

/** Fetches or builds what a run in this machine's lab needs, or finds the lab that stays; starts nothing. */
export async function prepareLab(drill: Drill, choice: PlatformChoice, setup: Setup): Promise<Environment> {
  const block = currentBlock(setup.env)
  const dir = labDirectory(block, setup.env)
  const stays = isStanding(dir)
  const upgrade = await upgradeSoftware(drill, choice, { setup, stays })
  const software = stays ? null : await ensureLab(setup, choice)
  const connect = drill.connector || drill.connectors ? await ensureConnect(setup) : null
  const sinks = drill.connectors && connect ? await databaseSoftware(drill.connectors, connect, setup) : null
  const twin = drill.processor ? await ensureDeviceTwin(setup) : null
  const written = drill.processor?.writer ? await ensurePostgres(setup) : null
  const ofFirst = software ? platformOf(choice.platform).expected.memoryBytes : 0
  const second = drill.regions
    ? await secondSoftware(drill.regions, choice, { software, ofFirst, setup })
    : null
  const layout = labLayout(block, dir, choice.platform, drill.security !== undefined)
  const made = software?.platform ?? readLabState(dir)?.platform ?? plainKafka('')
  const prepared = {
    choice,
    outline: outlineOfLab(drill, choice.platform),
    layout,
    software,
    connect,
    sinks,
    twin,
    written,
    second,
    upgrade,
    env: setup.env,
  }
  return {
    outline: prepared.outline,
    header: {
      driver: 'local',
      software: made.software,
      ...(second && { regionSoftware: second.software.platform.software }),
      labDir: dir,
      ownsLab: software !== null,
      versions: {
        ...(software?.kafka && hasStockBrokers(choice.platform) && { kafka: software.kafka.version }),
        ...(software && { toxiproxy: software.toxiproxy.version }),
        ...(connect && { connect: connect.version }),
        ...(sinks && {
          'debezium-jdbc': sinks.sink.version,
          postgres: `${sinks.database.version} (${sinks.database.source})`,
        }),
        ...(twin && { 'device-twin': twin.version }),
        ...(second && { 'mirror-maker': second.distribution.version }),
        ...(written && { postgres: `${written.version} (${written.source})` }),
        ...(upgrade && { 'kafka-upgrade': upgrade.release }),
      },
    },
    open: run => open(prepared, run),
  }
}

/** @throws AftershockError `refused` where the platform needs more brokers than region b is to have */
async function secondSoftware(
  regions: RegionsSpec,
  choice: PlatformChoice,
  of: { readonly software: InstalledSoftware | null; readonly ofFirst: number; readonly setup: Setup },
): Promise<NonNullable<Prepared['second']>> {
  const { platform, memoryBytes } = secondRegion(regions, choice.platform)
  if (usesObjectStore(platform) && regions.brokers < ZONES.length)
    throw new AftershockError('refused', `region b is to be ${platformTitle(platform)} with one broker`, {
      hint: 'write `brokers: 3` below regions, or `platform: kafka`',
    })
  refuseShortMemory(of.ofFirst + memoryBytes, availableBytes())
  const { version: _ofFirst, ...rest } = choice
  const software =
    platform === choice.platform && of.software
      ? of.software
      : await ensureLab(of.setup, { ...rest, platform })
  return { software, distribution: await ensureMirror(of.setup) }
}

/** @throws AftershockError `refused` where what the drill does could not be taken back from a lab that stays */
async function upgradeSoftware(
  drill: Drill,
  choice: PlatformChoice,
  { setup, stays }: { readonly setup: Setup; readonly stays: boolean },
): Promise<Prepared['upgrade']> {
  const releases = releasesOf(drill, choice)
  if (!releases) return null
  if (stays && drill.timeline.some(({ kind }) => kind === 'finalize'))
    throw new AftershockError(
      'refused',
      `${drill.drill} finalizes, which the lab that is up could not take back`,
      { hint: 'aftershock lab down: the run then has a lab of its own. Or set AFTERSHOCK_LAB=1' },
    )
  const runtime = kafkaRuntime(await ensureKafka(setup, releases.newer))
  return { release: releases.newer, runtime, nodes: [] }
}

async function open(prepared: Prepared, run: OpenOptions): Promise<StartedEnvironment> {
  const { layout, software, connect, sinks, twin, written, second, upgrade, env } = prepared
  const { choice } = prepared
  const { platform } = choice
  const { runDir, drill, clock, record, endings } = run
  const plain = await labOfRun({ ...run, layout, choice, software })
  if (upgrade) plain.supervisor.update({ upgrade })
  const lab = { ...plain, layout: withOwnLinks(layout, drill) }
  const meter = await openMeter(lab, run)
  if (drill.security) await openLabAccess(layout, clock, rightsFor(drill))
  endings.add('the lab', () => leaveLab(lab, runDir, meter, clock), LEAVE_MS)
  await keepConfiguration({ runDir, lab, topics: run.topics, env })
  const restarts = restartBrokers(lab, { held: run.held, onEvent: record })
  endings.add('the restart policy', () => restarts.stop())
  const connector =
    drill.connector && connect
      ? await openConnector(
          { lab, spec: drill.connector, distribution: connect, platform, run: run.run, runDir, clock },
          meter,
          endings,
        )
      : null
  const cluster =
    drill.connectors && connect && sinks
      ? {
          spec: drill.connectors,
          software: {
            platform,
            connect,
            plugins: {
              jdbc: sinks.sink.folder,
              ...(sinks.source && { postgres: sinks.source.folder }),
              ...(sinks.poller && { poller: sinks.poller.folder }),
            },
            exactlyOnce: drill.connectors.exactlyOnce,
          },
          ...sinks,
        }
      : null
  const ofCluster = cluster && { ...cluster, lab, runDir, clock }
  const connectors = ofCluster && (await openCluster(ofCluster, meter, endings))
  const control =
    cluster &&
    clusterControl(
      lab,
      cluster.software,
      cluster.spec.sinks.map(({ name }) => name),
    )
  const group = drill.processor && groupView(lab.layout, drill.processor, clock)
  const memory = new DeviceMemory()
  const own = { topics: run.topics, env, runDir, clock, memory }
  const started =
    drill.processor && twin
      ? instancesOfRun({
          layout: lab.layout,
          spec: drill.processor,
          settings: { copies: internalReplicas(platform) },
          twin,
          env,
        })
      : null
  const processor =
    drill.processor && twin && group && started
      ? await openProcessor(
          {
            ...own,
            lab,
            region: 'a',
            copies: internalReplicas(platform),
            spec: drill.processor,
            twin,
            instances: started,
            group,
            database: written,
          },
          meter,
          endings,
        )
      : null
  const instances = started && group ? instanceControl(lab, started, group) : null
  const driver = localDriver(lab, control, instances)
  endings.add('the cluster probe', () => driver[Symbol.dispose]())
  if (upgrade && !software)
    endings.add('the release of the brokers', () => driver.releases?.restore(), RESTORE_MS)
  const regions =
    drill.regions && second && driver.links
      ? await openRegions(lab, drill.regions, { ...second, links: driver.links }, run)
      : null
  const inB = regions && drill.timeline.some(isInB) ? secondCluster(regions, endings) : null
  const operator = labOperator(layout, clock)
  return {
    driver: {
      ...driver,
      ...(regions && { mirror: regions.control }),
      ...(inB && { second: inB.driver }),
    },
    dial: layout.dial,
    ...(drill.security && { loginOf: role => labLogin(layout.dir, role) }),
    admin: work => withLabAdmin(layout, work),
    logSizes: () => operator.logSizes(),
    limitReads: (name, bytesPerSecond) => operator.limitTo({ kind: 'client-id', name }, bytesPerSecond),
    claimTopics(topics) {
      const { topics: earlier = [] } = lab.supervisor.state
      lab.supervisor.update({ topics: [...new Set([...earlier, ...topics])] })
      return earlier
    },
    meters: [...labMeters(driver, meter, clock), ...(inB?.meters ?? [])],
    connector,
    connectors:
      connectors && ofCluster && regions
        ? followingSinks(connectors, regions, ofCluster, endings)
        : connectors,
    processor:
      processor && regions && drill.processor && twin
        ? followingProcessor(processor, regions, { ...own, spec: drill.processor, twin }, endings)
        : processor,
    regions,
  }
}

const isInB = (entry: TimelineEntry): boolean => entry.role === 'fault' && entry.cluster === 'b'

/** null where links cannot be measured: the run goes on, and its evidence says so. */
async function openMeter({ layout, supervisor }: StartedLab, { record }: OpenOptions) {
  const meter = new LinkMeter(layout, supervisor.state.kind === 'run')
  try {
    await meter.sample()
    return meter
  } catch (error) {
    record({ kind: 'sampler.failed', sampler: 'links', error: messageOf(error) })
    return null
  }
}
