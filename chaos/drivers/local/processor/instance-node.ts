import { mkdirSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { ProcessorSpec } from '../../../core/processor.ts'
import { DATABASE_HOST, type NodeId, type ZoneName } from '../../../core/topology.ts'
import { DATABASE_PORT, LAB_PORTS } from '../../../platforms/addresses.ts'
import { hostsFile, log4jProperties } from '../../../platforms/kafka/properties.ts'
import { processorProperties } from '../../../platforms/processor.ts'
import { SINK_DATABASE, SINK_USER } from '../database/database-session.ts'
import { instanceHostsFor, type LabLayout } from '../lab/lab-layout.ts'
import { javaLogin, loginsProperties } from '../lab/lab-logins.ts'
import { type Command, labMarks } from '../lab/supervisor.ts'
import { type DeviceTwin, TWIN_CLASS } from '../setup/device-twin.ts'

export const INSTANCE_ROLE = 'processor'
/** With RocksDB outside of the heap: 190 to 250 MB in all. */
const INSTANCE_JVM = ['-Xmx192m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'] as const

export const instanceDir = (layout: LabLayout, instance: NodeId): string =>
  join(layout.processorDir, `instance-${instance}`)
/** All that it would lose with its disk. */
export const stateDir = (layout: LabLayout, instance: NodeId): string =>
  join(instanceDir(layout, instance), 'state')
/** How its state was rebuilt, a line an event. It is beside the state, and outlives it. */
export const eventsFile = (layout: LabLayout, instance: NodeId): string =>
  join(instanceDir(layout, instance), 'events.jsonl')
export const instanceLog = (layout: LabLayout, instance: NodeId): string =>
  layout.logFile(`${INSTANCE_ROLE}-${instance}`)
const propertiesFile = (layout: LabLayout, instance: NodeId): string =>
  join(instanceDir(layout, instance), 'twin.properties')

/** A silent outage ends by its time-outs, and not after the kernel's quarter of an hour. */
const WRITER_URL = `jdbc:postgresql://${DATABASE_HOST}:${DATABASE_PORT}/${SINK_DATABASE}?user=${SINK_USER}&ApplicationName=device-twin-writer&connectTimeout=5&socketTimeout=20`

/** By which the brokers know the members of an instance. */
export const clientIdOf = (zone: ZoneName): string => `device-twin-${zone}`

export interface InstanceSettings {
  /** Of its changelog. */
  readonly copies: 1 | 3
  /** Whether it asks first which commands were sent elsewhere. @default false */
  readonly replay?: boolean
}

/** Renders an instance's files; its state is left as it is. */
export function writeInstanceFiles(
  layout: LabLayout,
  { id, zone }: { readonly id: NodeId; readonly zone: ZoneName },
  spec: ProcessorSpec,
  { copies, replay = false }: InstanceSettings,
): void {
  const dir = instanceDir(layout, id)
  mkdirSync(join(dir, 'tmp'), { recursive: true })
  const { host, port } = layout.instanceAddress(zone)
  const properties = processorProperties({
    ...spec,
    bootstrap: layout.topology.nodes.map(node => `${node.host}:${LAB_PORTS.client}`),
    clientId: clientIdOf(zone),
    number: id,
    ...(spec.writer && { writerUrl: WRITER_URL }),
    host,
    port,
    stateDir: stateDir(layout, id),
    eventsFile: eventsFile(layout, id),
    internalReplicas: copies,
    replay,
    ...(layout.hasAuthorizer && {
      security: javaLogin(layout, 'processor'),
      secretFile: loginsProperties(layout.dir),
    }),
  })
  writeFileSync(propertiesFile(layout, id), properties)
  writeFileSync(join(dir, 'hosts'), hostsFile(instanceHostsFor(layout, zone, hostname())))
  writeFileSync(join(dir, 'log4j2.properties'), log4jProperties())
}

export function instanceCommand(
  layout: LabLayout,
  instance: NodeId,
  { java, classPath }: DeviceTwin,
): Command {
  const dir = instanceDir(layout, instance)
  return {
    role: INSTANCE_ROLE,
    node: instance,
    program: java,
    args: [
      ...INSTANCE_JVM,
      `-Djdk.net.hosts.file=${join(dir, 'hosts')}`,
      '-Dsun.net.inetaddr.ttl=1',
      `-Dlog4j2.configurationFile=${join(dir, 'log4j2.properties')}`,
      // RocksDB unpacks its library there at each start, and a process that is killed leaves it.
      `-Djava.io.tmpdir=${join(dir, 'tmp')}`,
      labMarks(layout.dir)[0],
      '-cp',
      classPath,
      TWIN_CLASS,
      propertiesFile(layout, instance),
    ],
    cwd: dir,
    logFile: instanceLog(layout, instance),
  }
}
