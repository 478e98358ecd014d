import { AftershockError } from '../../core/errors.ts'
import type { NodeId } from '../../core/topology.ts'
import { waitFor } from '../../core/wait.ts'
import type { Connectors, Driver, Processes, Processor } from '../driver.ts'
import { answerOf, type ClusterProbe, clusterProbe } from '../cluster-probe.ts'
import { driverCommands } from '../driver-commands.ts'
import { nodeReleases } from './nodes/node-releases.ts'
import { nodeSettings } from './nodes/node-settings.ts'
import type { StartedLab } from './lab/lab.ts'
import { labAccess, labOperator } from './lab/lab-access.ts'
import { LAB_CAPABILITIES } from './local-outline.ts'
import { labObjectStore } from './store/object-store.ts'
import { processAgeMs } from '../../machine/process-age.ts'
import { findAlive, signalProcess } from '../../machine/process-table.ts'
import { toxiproxyLinks } from './links/toxiproxy-links.ts'

export interface LocalDriver extends Driver, Disposable {
  readonly name: 'local'
  readonly lab: StartedLab
  readonly cluster: ClusterProbe
}

/** The lab as drills see it, without clients: those are a run's own fleet (`withClients`). */
export function localDriver(
  lab: StartedLab,
  connectors: Connectors | null = null,
  processor: Processor | null = null,
): LocalDriver {
  const { layout, clock, supervisor } = lab
  const { store, hasAuthorizer } = supervisor.state
  const access = hasAuthorizer ? labAccess(layout, clock) : null
  const cluster = clusterProbe(
    new Map(layout.topology.nodes.map(node => [node.id, layout.directAddress(node.id)])),
    clock,
  )
  const processes = localProcesses(lab)
  const releases = nodeReleases({
    nodes: layout.topology.nodes.map(node => node.id),
    addressOf: node => layout.directAddress(node),
    processes,
    supervisor,
    clock,
  })
  const capabilities = [
    ...LAB_CAPABILITIES,
    ...(store ? (['objectStore'] as const) : []),
    ...(connectors ? (['connectors'] as const) : []),
    ...(processor ? (['processor'] as const) : []),
    ...(access ? (['access'] as const) : []),
    ...(releases ? (['releases'] as const) : []),
  ]
  const links = toxiproxyLinks(layout.addresses.toxiproxy, layout, clock)
  return {
    name: 'local',
    lab,
    topology: layout.topology,
    capabilities: new Set(capabilities),
    cluster,
    processes,
    settings: nodeSettings({
      fileOf: node => lab.nodes.settingsFile(node),
      addressOf: node => layout.directAddress(node),
      processes,
      cluster,
      operator: labOperator(layout, clock),
      clock,
    }),
    disks: {
      async wipe(node) {
        if (supervisor.alive('broker', node)) {
          throw new AftershockError('internal', `the disk of broker ${node} is in use`)
        }
        lab.nodes.wipe(node)
      },
      look: async node => lab.nodes.look(node),
    },
    links,
    commands: driverCommands(clock),
    ...(store && { objectStore: labObjectStore(layout, store, links, clock) }),
    ...(connectors && { connectors }),
    ...(processor && { processor }),
    ...(access && { access }),
    ...(releases && { releases }),
    [Symbol.dispose]: () => cluster[Symbol.dispose](),
  }
}

function localProcesses(lab: StartedLab): Processes {
  const { supervisor, clock, layout } = lab
  const identity = (node: NodeId) => supervisor.find('broker', node)?.process ?? null
  const signal = (node: NodeId, name: NodeJS.Signals) => {
    const process = identity(node)
    if (process) signalProcess(process, name)
  }
  const stateOf = (node: NodeId) => supervisor.alive('broker', node)?.state
  return {
    async kill(node) {
      await supervisor.end('broker', node, 'SIGKILL', 0)
    },
    async stop(node, deadlineMs) {
      await supervisor.end('broker', node, 'SIGTERM', deadlineMs)
    },
    async pause(node) {
      signal(node, 'SIGSTOP')
      await waitFor(`broker ${node} to stand still`, () => stateOf(node) === 'stopped', {
        clock,
        deadlineMs: 5000,
        everyMs: 10,
      })
    },
    async resume(node) {
      signal(node, 'SIGCONT')
    },
    async start(node) {
      supervisor.start(lab.nodes.command(node))
    },
    async look(node) {
      const process = identity(node)
      const alive = process && findAlive(process)
      return {
        state: alive ? (alive.state === 'stopped' ? 'stopped' : 'running') : 'absent',
        process: alive ? process : null,
        answer: await answerOf(layout.directAddress(node), 1000, clock),
      }
    },
    async ageMs(node) {
      const process = identity(node)
      return process && findAlive(process) ? processAgeMs(process, clock.wallMs()) : null
    },
  }
}
