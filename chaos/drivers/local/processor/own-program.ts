import { mkdirSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { commitMsOf, type ProcessorSpec } from '../../../core/processor.ts'
import type { NodeId, ZoneName } from '../../../core/topology.ts'
import { LAB_PORTS } from '../../../platforms/addresses.ts'
import { hostsFile } from '../../../platforms/kafka/properties.ts'
import { ACKNOWLEDGEMENTS_TOPIC, COMMANDS_TOPIC, PROCESSOR_GROUP } from '../../../platforms/processor.ts'
import { renderProperties } from '../../../platforms/properties.ts'
import { instanceHostsFor, type LabLayout } from '../lab/lab-layout.ts'
import { readLabLogins } from '../lab/lab-logins.ts'
import { type Command, LAB_VARIABLE, labMarks } from '../lab/supervisor.ts'
import { clientIdOf, eventsFile, INSTANCE_ROLE, instanceDir, instanceLog, stateDir } from './instance-node.ts'

/** A drill's own program in the place of the lab's processor. */
export interface OwnInstance {
  readonly id: NodeId
  readonly zone: ZoneName
  readonly spec: ProcessorSpec
  readonly command: readonly string[]
}

const hostsIn = (layout: LabLayout, id: NodeId) => join(instanceDir(layout, id), 'hosts')
const nodeHostsIn = (layout: LabLayout, id: NodeId) => join(instanceDir(layout, id), 'hosts.mjs')
const passwordIn = (layout: LabLayout, id: NodeId) => join(instanceDir(layout, id), 'password')

/** What the program is told, beside its command line (docs/processor.md). No secret is in it. */
export function ownVariables(layout: LabLayout, { id, zone, spec }: OwnInstance): Record<string, string> {
  const status = layout.instanceAddress(zone)
  return {
    PROCESSOR_BOOTSTRAP: layout.topology.nodes.map(({ host }) => `${host}:${LAB_PORTS.client}`).join(','),
    PROCESSOR_HOSTS_FILE: hostsIn(layout, id),
    PROCESSOR_INSTANCE: String(id),
    PROCESSOR_ZONE: zone,
    PROCESSOR_GROUP,
    PROCESSOR_CLIENT_ID: clientIdOf(zone),
    PROCESSOR_TOPIC: spec.topic,
    PROCESSOR_COMMANDS: COMMANDS_TOPIC,
    PROCESSOR_ACKNOWLEDGEMENTS: ACKNOWLEDGEMENTS_TOPIC,
    PROCESSOR_EVERY: String(spec.every),
    PROCESSOR_GUARANTEE: spec.guarantee,
    PROCESSOR_COMMIT_MS: String(commitMsOf(spec)),
    PROCESSOR_STANDBYS: String(spec.standbys),
    PROCESSOR_STATE_DIR: stateDir(layout, id),
    PROCESSOR_EVENTS_FILE: eventsFile(layout, id),
    PROCESSOR_STATUS_HOST: status.host,
    PROCESSOR_STATUS_PORT: String(status.port),
    ...(layout.hasAuthorizer && {
      PROCESSOR_USERNAME: 'processor',
      PROCESSOR_PASSWORD_FILE: passwordIn(layout, id),
    }),
    [LAB_VARIABLE]: layout.dir,
  }
}

/** Renders what it is told by files; its state is left as it is. */
export function writeOwnFiles(layout: LabLayout, own: OwnInstance): void {
  const { id, zone } = own
  mkdirSync(stateDir(layout, id), { recursive: true })
  const hosts = instanceHostsFor(layout, zone, hostname())
  writeFileSync(hostsIn(layout, id), hostsFile(hosts))
  writeFileSync(nodeHostsIn(layout, id), nodeHosts(hosts))
  const told = { command: own.command.join(' '), ...ownVariables(layout, own) }
  writeFileSync(join(instanceDir(layout, id), 'program.properties'), renderProperties(told))
  if (layout.hasAuthorizer)
    writeFileSync(passwordIn(layout, id), readLabLogins(layout.dir).processor, { mode: 0o600 })
}

/** It runs where the drill was started from, so that a path in a drill means what it says there. */
export function ownCommand(
  layout: LabLayout,
  own: OwnInstance,
  env: Readonly<Record<string, string | undefined>>,
): Command {
  const { id, command } = own
  const [program = '', ...args] = command
  const java = [
    `-Djdk.net.hosts.file=${hostsIn(layout, id)}`,
    '-Dsun.net.inetaddr.ttl=1',
    labMarks(layout.dir)[0],
  ]
  const node = `--import=${pathToFileURL(nodeHostsIn(layout, id)).href}`
  const besides = (name: string, words: readonly string[]) =>
    [env[name] ?? [], ...words].flat().filter(Boolean).join(' ')
  return {
    role: INSTANCE_ROLE,
    node: id,
    program,
    args,
    cwd: process.cwd(),
    logFile: instanceLog(layout, id),
    wholeGroup: true,
    env: {
      ...ownVariables(layout, own),
      JAVA_TOOL_OPTIONS: besides('JAVA_TOOL_OPTIONS', java),
      NODE_OPTIONS: besides('NODE_OPTIONS', [node]),
    },
  }
}

/** A module that has Node.js take names for what they mean in a zone, as a JVM does by its own setting. */
function nodeHosts(hosts: readonly { readonly address: string; readonly host: string }[]): string {
  const known = JSON.stringify(hosts.map(({ host, address }) => [host, address]))
  return `import dns from 'node:dns'
const known = new Map(${known})
const { lookup } = dns
dns.lookup = (name, options, done) => {
  const address = known.get(name)
  if (address === undefined) return lookup(name, options, done)
  const callback = typeof options === 'function' ? options : done
  const isAll = typeof options === 'object' && options !== null && options.all === true
  process.nextTick(() => (isAll ? callback(null, [{ address, family: 4 }]) : callback(null, address, 4)))
}
`
}
