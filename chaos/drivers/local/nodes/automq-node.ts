import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { AftershockError } from '../../../core/errors.ts'
import type { KafkaNode, NodeId } from '../../../core/topology.ts'
import { LAB_PORTS } from '../../../platforms/addresses.ts'
import { autoMqEnvironment } from '../../../platforms/automq/launch.ts'
import { AUTOMQ_METRICS_EVERY_MS, parseAutoMqMetrics } from '../../../platforms/automq/metrics.ts'
import {
  AUTOMQ_SMALL_JVM,
  autoMqLog4jProperties,
  autoMqProperties,
} from '../../../platforms/automq/properties.ts'
import { hostsFile } from '../../../platforms/kafka/properties.ts'
import { dataDir, lookAtDisk } from './kafka-node.ts'
import { hostsFor, type LabLayout } from '../lab/lab-layout.ts'
import { readMetrics } from './node-metrics.ts'
import type { NodeSoftware } from './node-software.ts'
import type { AutoMqDistribution } from '../setup/automq.ts'
import { type Command, labMarks } from '../lab/supervisor.ts'

export interface AutoMqContext {
  readonly layout: LabLayout
  readonly state: {
    readonly clusterId: string
    readonly timeouts: 'tuned' | 'defaults'
    /** @default false: every client is let in */
    readonly hasAuthorizer?: boolean
  }
  readonly distribution: Pick<AutoMqDistribution, 'home'>
  /** Clients write in their own zone, and bytes between zones go through the store. */
  readonly zoneRouter: boolean
  readonly store: {
    /** As brokers see it: each zone's link to the store, under one name. For example `http://s3.lab:7070`. */
    readonly endpoint: string
    readonly dataBucket: string
    readonly opsBucket: string
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly region: string
  }
}

/** Measured on two cores: three cold nodes are ready in 20-29 s, and in 60 s when the machine is busy. */
const READY_DEADLINE_MS = 180_000

/**
 * AutoMQ from a distribution that the user brought, by facts that were measured on 1.7.3. Its nodes format their
 * own disks, which hold the metadata alone.
 */
export function autoMqSoftware(context: AutoMqContext): NodeSoftware {
  const { layout } = context
  return {
    async prepare() {
      refuseUnquotable(layout)
      for (const node of layout.topology.nodes) writeNodeFiles(context, node)
    },
    command: node => brokerCommand(context, node),
    settingsFile: node => propertiesFile(layout, node),
    wipe(node) {
      rmSync(dataDir(layout, node), { recursive: true, force: true })
      mkdirSync(dataDir(layout, node), { recursive: true })
    },
    look: node => lookAtDisk(layout, node),
    async metrics(node, timeoutMs) {
      return parseAutoMqMetrics(await readMetrics(layout.metricsAddress(node), timeoutMs))
    },
    metricsEveryMs: AUTOMQ_METRICS_EVERY_MS,
    readyDeadlineMs: READY_DEADLINE_MS,
  }
}

const propertiesFile = (layout: LabLayout, node: NodeId) => join(layout.nodeDir(node), 'server.properties')
const jvmLogDir = (layout: LabLayout, node: NodeId) => join(layout.nodeDir(node), 'jvm')

/** The start script does not quote what it hands on. */
function refuseUnquotable(layout: LabLayout): void {
  if (!/[\s*?[\]]/.test(layout.dir)) return
  throw new AftershockError('unavailable', `AutoMQ's start script breaks on the folder ${layout.dir}`, {
    hint: 'set XDG_STATE_HOME to a folder whose path has no spaces',
  })
}

function writeNodeFiles(context: AutoMqContext, node: KafkaNode): void {
  const { layout, state, store, zoneRouter } = context
  const { dataBucket, opsBucket, region, endpoint } = store
  const dir = layout.nodeDir(node.id)
  for (const folder of [dataDir(layout, node.id), jvmLogDir(layout, node.id)])
    mkdirSync(folder, { recursive: true })
  const properties = autoMqProperties({
    clusterId: state.clusterId,
    nodeId: node.id,
    zone: node.zone,
    host: node.host,
    bindAddress: layout.addresses.nodes[node.id - 1] as string,
    ports: LAB_PORTS,
    voters: layout.topology.nodes.map(voter => ({ nodeId: voter.id, host: voter.host })),
    logDir: dataDir(layout, node.id),
    timeouts: state.timeouts,
    ...(state.hasAuthorizer && { hasAuthorizer: true }),
    store: { dataBucket, opsBucket, region, endpoint, pathStyle: true },
    zoneRouter,
    metrics: layout.metricsAddress(node.id),
  })
  writeFileSync(propertiesFile(layout, node.id), properties)
  writeFileSync(join(dir, 'hosts'), hostsFile(hostsFor(layout, node, hostname())))
  writeFileSync(join(dir, 'log4j.properties'), autoMqLog4jProperties())
}

/**
 * The start script replaces itself by the JVM (`exec`, twice), so the process that is started is the broker. The
 * lab's mark is an argument too, as an override of a property that nobody reads: a script that has not come to
 * its JVM yet is then found like any other process of the lab.
 */
function brokerCommand(context: AutoMqContext, node: NodeId): Command {
  const { layout, distribution, store } = context
  const dir = layout.nodeDir(node)
  const mark = labMarks(layout.dir)[0]
  return {
    role: 'broker',
    node,
    program: join(distribution.home, 'bin', 'kafka-server-start.sh'),
    args: [propertiesFile(layout, node), '--override', mark],
    env: autoMqEnvironment({
      jvm: AUTOMQ_SMALL_JVM,
      hostsFile: join(dir, 'hosts'),
      log4jFile: join(dir, 'log4j.properties'),
      logDir: jvmLogDir(layout, node),
      arguments: [mark],
      credentials: store,
    }),
    cwd: dir,
    logFile: layout.logFile(`broker-${node}`),
  }
}
