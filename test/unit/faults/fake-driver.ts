import type { Outcome } from '../../../chaos/core/network.ts'
import {
  connectClusterLinks,
  LISTENERS,
  type Link,
  linkId,
  mirrorLinks,
  processorLinks,
  storeLink,
  type Topology,
  ZONES,
} from '../../../chaos/core/topology.ts'
import type {
  Capability,
  ClusterReading,
  Disks,
  Driver,
  Links,
  ObjectStore,
  Processes,
  StoreOperation,
  StoreReply,
} from '../../../chaos/drivers/driver.ts'
import { type FakeGateways, fakeClients } from './fake-clients.ts'
import { type FakeMirror, fakeMirror, newMirror } from './fake-mirror.ts'
import { type FakeConnect, fakeConnect, fakeConnectors } from './fake-connectors.ts'
import { type FakeInstances, fakeInstances, fakeProcessor } from './fake-processor.ts'
import { fakeCommands } from './fake-commands.ts'
import { fakeSettings } from './fake-settings.ts'

/**
 * A world in memory that faults act on: what changes it and what looks at it are apart, as in a real driver.
 * While `obeys` is false every change is accepted and does nothing, which is what a broken injector does.
 */
export interface FakeWorld extends FakeGateways {
  obeys: boolean
  readonly nodes: Map<number, FakeNode>
  /** Of the one setting that there is. */
  readonly settings: Map<number, { written: string | null; inForce: string }>
  readonly onTopics: Map<string, string | null>
  /** By link id, then by tag. */
  readonly effects: Map<string, Map<string, Effect>>
  readonly connect: FakeConnect
  readonly instances: FakeInstances
  readonly mirror: FakeMirror
  /** What the commands of a hook do, and see. */
  isHooked: boolean
  /** By zone, then by tag: what the object store does to requests. */
  readonly storeEffects: Map<string, Map<string, StoreEffect>>
  /** A wiped disk has no id until its node starts. */
  formatThemselves: boolean
  /** Whoever clears a link ends the connections on it. */
  clearingEnds: boolean
  cleared: number
  /** Connections that are held go on as if nothing were done. */
  sparesOld: boolean
  /** What each answer takes longer by itself, and whether a question is lost by itself. */
  noise: () => { readonly ms: number; readonly lost: boolean }
}
interface FakeNode {
  state: 'running' | 'stopped' | 'absent'
  pid: number
  disk: number
}
type Effect =
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'narrow'; readonly bytesPerSecond: number }
  | { readonly kind: 'reset'; readonly afterMs: number; readonly share: number }
  | { readonly kind: 'cut'; readonly mode: 'silent' | 'refuse' }

interface StoreEffect {
  readonly kind: 'throttle' | 'delay' | 'fail'
  readonly operations: readonly StoreOperation[] | 'all'
  readonly share?: number
  readonly delayMs?: number
  readonly status?: number
  asked: number
}

export const THREE_ZONES: Topology = topologyOf(ZONES, [0, 1, 2])

/** The same with an object store, two Connect workers with a database, and a processor, each over links of its own. */
export const THREE_ZONES_AND_STORE: Topology = {
  ...THREE_ZONES,
  links: [
    ...THREE_ZONES.links,
    ...ZONES.map(storeLink),
    ...connectClusterLinks(THREE_ZONES, [ZONES[0], ZONES[1]]),
    ...processorLinks(THREE_ZONES, [ZONES[0], ZONES[1]]),
    ...mirrorLinks(THREE_ZONES),
  ],
}

/** @param nodeZones for each node, the index of its zone; nodes count from 1. */
export function topologyOf(zones: readonly string[], nodeZones: readonly number[]): Topology {
  const nodes = nodeZones.map((zone, index) => ({
    id: index + 1,
    zone: zones[zone] as string,
    host: `kafka-${index + 1}.test`,
  }))
  const links = zones.flatMap(from =>
    nodes.flatMap(({ id: to }) => LISTENERS.map(listener => ({ from, to, listener }))),
  )
  return { zones, nodes, links }
}

export function fakeWorld(topology: Topology = THREE_ZONES_AND_STORE): FakeWorld {
  return {
    obeys: true,
    formatThemselves: false,
    clearingEnds: false,
    cleared: 0,
    sparesOld: false,
    isHooked: false,
    noise: () => ({ ms: 0, lost: false }),
    firmware: new Map(),
    connect: fakeConnect(),
    instances: fakeInstances(),
    mirror: newMirror(),
    nodes: new Map(topology.nodes.map(({ id }) => [id, { state: 'running', pid: 1000 + id, disk: 1 }])),
    settings: new Map(topology.nodes.map(({ id }) => [id, { written: null, inForce: '8' }])),
    onTopics: new Map([['telemetry', null]]),
    effects: new Map(topology.links.map(link => [linkId(link), new Map()])),
    shut: new Set(),
    storeEffects: new Map(topology.zones.map(zone => [zone, new Map()])),
    connections: new Map(
      topology.zones.flatMap(zone => [[`${zone}-1`, 3] as const, [`${zone}-2`, 3] as const]),
    ),
  }
}

const ALL: readonly Capability[] = [
  'processes',
  'disks',
  'links',
  'clients',
  'objectStore',
  'settings',
  'connectors',
  'processor',
  'regions',
]

/** A driver over `world` that has only `capabilities`. */
export function fakeDriver(
  world: FakeWorld,
  topology: Topology = THREE_ZONES,
  capabilities: readonly Capability[] = ALL,
): Driver {
  return {
    name: 'local',
    topology,
    capabilities: new Set(capabilities),
    cluster: { describe: async () => describeCluster(world, topology) },
    ...(capabilities.includes('processes') && { processes: fakeProcesses(world) }),
    ...(capabilities.includes('disks') && { disks: fakeDisks(world) }),
    ...(capabilities.includes('links') && { links: fakeLinks(world) }),
    ...(capabilities.includes('clients') && { clients: fakeClients(world) }),
    ...(capabilities.includes('objectStore') && { objectStore: fakeStore(world) }),
    ...(capabilities.includes('settings') && { settings: fakeSettings(world) }),
    ...(capabilities.includes('connectors') && { connectors: fakeConnectors(world) }),
    ...(capabilities.includes('processor') && { processor: fakeProcessor(world) }),
    ...(capabilities.includes('regions') && { mirror: fakeMirror(world) }),
    ...(capabilities.includes('commands') && { commands: fakeCommands(world) }),
  }
}

/** Six partitions of `telemetry`, led in turn; every node that runs is in sync. */
function describeCluster(world: FakeWorld, topology: Topology): ClusterReading {
  const replicas = topology.nodes.map(node => node.id)
  const isr = replicas.filter(id => nodeOf(world, id).state === 'running')
  const partition = (index: number) => ({
    leader: isr[index % isr.length] ?? -1,
    leaderEpoch: 1,
    replicas,
    isr,
  })
  return {
    answered: isr,
    controller: isr[0] ?? null,
    partitions: Object.fromEntries(
      Array.from({ length: 6 }, (_, index) => [`telemetry/${index}`, partition(index)]),
    ),
  }
}

function nodeOf(world: FakeWorld, id: number): FakeNode {
  const node = world.nodes.get(id)
  if (!node) throw new Error(`there is no node ${id}`)
  return node
}

function fakeProcesses(world: FakeWorld): Processes {
  const change = async (id: number, apply: (node: FakeNode) => void) => {
    if (world.obeys) apply(nodeOf(world, id))
  }
  const end = (id: number) =>
    change(id, node => {
      node.state = 'absent'
    })
  return {
    kill: end,
    stop: end,
    pause: id =>
      change(id, node => {
        if (node.state === 'running') node.state = 'stopped'
      }),
    resume: id =>
      change(id, node => {
        if (node.state === 'stopped') node.state = 'running'
      }),
    start: id =>
      change(id, node => {
        if (node.state !== 'absent') return
        node.state = 'running'
        node.pid += 100
      }),
    look: async id => {
      const { state, pid } = nodeOf(world, id)
      const answers = { running: 'answered', stopped: 'silent', absent: 'refused' } as const
      const process = state === 'absent' ? null : { pid, startedAt: String(pid) }
      return { state, process, answer: answers[state] }
    },
    ageMs: async id => (nodeOf(world, id).state === 'absent' ? null : 3_600_000),
  }
}

function fakeDisks(world: FakeWorld): Disks {
  return {
    wipe: async id => {
      if (!world.obeys) return
      if (nodeOf(world, id).state !== 'absent') throw new Error(`the disk of ${id} is in use`)
      nodeOf(world, id).disk += 1
    },
    look: async id => {
      const { disk, state } = nodeOf(world, id)
      if (world.formatThemselves && disk > 1 && state === 'absent')
        return { directoryId: null, segmentBytes: 0 }
      return { directoryId: `disk-${id}-${disk}`, segmentBytes: disk === 1 ? 1000 : 0 }
    },
  }
}

function fakeLinks(world: FakeWorld): Links {
  const put = async (links: readonly Link[], tag: string, effect: Effect) => {
    if (world.obeys) for (const link of links) effectsOf(world, link).set(tag, effect)
  }
  return {
    delay: (links, tag, { delayMs }) => put(links, tag, { kind: 'delay', ms: delayMs }),
    narrow: (links, tag, spec) => put(links, tag, { kind: 'narrow', ...spec }),
    reset: (links, tag, spec) => put(links, tag, { kind: 'reset', ...spec }),
    cut: (links, tag, spec) => put(links, tag, { kind: 'cut', ...spec }),
    clear: async (links, tag) => {
      if (world.obeys) for (const link of links) effectsOf(world, link).delete(tag)
      world.cleared++
    },
    roundTrip: async link => request(world, link, 0),
    transfer: async (link, bytes) => request(world, link, bytes),
    past: async () => bare(world),
    connect: link => {
      const { cleared } = world
      const ask = async (bytes: number) => {
        if (world.clearingEnds && world.cleared > cleared) return { outcome: 'reset' as const, ms: 0 }
        return world.sparesOld ? bare(world) : request(world, link, bytes)
      }
      return { ask, close: () => {} }
    },
    idle: async (link, count, forMs) => {
      const share = [...effectsOf(world, link).values()].reduce(
        (most, effect) =>
          effect.kind === 'reset' && effect.afterMs <= forMs ? Math.max(most, effect.share) : most,
        0,
      )
      const own = Array.from({ length: count }, () => world.noise().lost).filter(Boolean).length
      return { opened: count, ended: Math.max(own, Math.ceil(count * share)) }
    },
  }
}

function effectsOf(world: FakeWorld, link: Link): Map<string, Effect> {
  const effects = world.effects.get(linkId(link))
  if (!effects) throw new Error(`there is no link ${linkId(link)}`)
  return effects
}

function request(world: FakeWorld, link: Link, bytes: number): { outcome: Outcome; ms: number } {
  let { outcome, ms } = bare(world)
  for (const effect of effectsOf(world, link).values()) {
    if (effect.kind === 'cut') return { outcome: effect.mode === 'silent' ? 'silent' : 'refused', ms }
    if (effect.kind === 'delay') ms += effect.ms
    if (effect.kind === 'narrow') ms += (bytes / effect.bytesPerSecond) * 1000
  }
  return { outcome, ms }
}

/** What is asked without anything in between. */
function bare(world: FakeWorld): { outcome: Outcome; ms: number } {
  const { ms, lost } = world.noise()
  return { outcome: lost ? 'silent' : 'answered', ms: 1 + ms }
}

function fakeStore(world: FakeWorld): ObjectStore {
  const links = fakeLinks(world)
  const put = async (zones: readonly string[], tag: string, effect: Omit<StoreEffect, 'asked'>) => {
    if (world.obeys) for (const zone of zones) world.storeEffects.get(zone)?.set(tag, { ...effect, asked: 0 })
  }
  return {
    throttle: (zones, tag, { share, operations }) => put(zones, tag, { kind: 'throttle', share, operations }),
    delay: (zones, tag, { delayMs, operations }) => put(zones, tag, { kind: 'delay', delayMs, operations }),
    failNext: (zones, tag, { status, operations }) => put(zones, tag, { kind: 'fail', status, operations }),
    cut: (zones, tag, spec) => links.cut(zones.map(storeLink), tag, spec),
    clear: async (zones, tag) => {
      if (world.obeys) for (const zone of zones) world.storeEffects.get(zone)?.delete(tag)
      await links.clear(zones.map(storeLink), tag)
    },
    request: async (zone, operation) => askFakeStore(world, zone, operation),
    past: async () => ({ ...bare(world), status: 200, code: null }),
    injected: async () => ({}),
  }
}

/** Of a throttle, every n-th request is refused, so that tests say the same each time. */
function askFakeStore(world: FakeWorld, zone: string, operation: StoreOperation): StoreReply {
  const { outcome, ms: onTheWay } = request(world, storeLink(zone), 0)
  if (outcome !== 'answered') return { outcome, status: null, code: null, ms: onTheWay }
  let ms = onTheWay
  for (const effect of world.storeEffects.get(zone)?.values() ?? []) {
    if (effect.operations !== 'all' && !effect.operations.includes(operation)) continue
    const { share = 0, delayMs = 0, status } = effect
    effect.asked++
    if (status !== undefined) return { outcome, status, code: 'InternalError', ms }
    if (Math.floor(effect.asked * share) > Math.floor((effect.asked - 1) * share))
      return { outcome, status: 503, code: 'SlowDown', ms }
    ms += delayMs
  }
  return { outcome, status: 200, code: null, ms }
}
