import { hasObjectStore, storeLink } from '../../../core/topology.ts'
import type { Address } from '../../../core/network.ts'
import { findAlive } from '../../../machine/process-table.ts'
import { systemClock } from '../../../system-clock.ts'
import { labOf, type StartedLab } from './lab.ts'
import type { LabLayout } from './lab-layout.ts'
import { deadUserOf, findLeftovers } from './lab-leftovers.ts'
import type { LabState } from './lab-state.ts'
import { localDriver } from '../local-driver.ts'
import { storeAnswers } from '../store/object-store-node.ts'

/** Where the parts of a lab that has just been started are reached. */
export interface LabUp {
  readonly dir: string
  readonly software: string
  /** The interface of Toxiproxy, as a URL. */
  readonly toxiproxy: string
  readonly nodes: readonly ({ readonly id: number; readonly zone: string; readonly host: string } & Reached)[]
  /** null where the platform has none. */
  readonly store: Reached | null
}

interface Reached {
  /** Past all links. */
  readonly direct: Address
  /** By the zone from which it is dialled. */
  readonly links: Readonly<Record<string, Address>>
}

export function describeUp({ layout, supervisor }: StartedLab): LabUp {
  const { zones, nodes } = layout.topology
  const from = (addressOf: (zone: string) => Address) =>
    Object.fromEntries(zones.map(zone => [zone, addressOf(zone)]))
  return {
    dir: layout.dir,
    software: supervisor.state.platform.software.name,
    toxiproxy: layout.toxiproxyApi,
    nodes: nodes.map(({ id, zone, host }) => ({
      id,
      zone,
      host,
      direct: layout.directAddress(id),
      links: from(way => layout.addressOf({ from: way, to: id, listener: 'client' })),
    })),
    store: hasObjectStore(layout.topology)
      ? { direct: layout.storeAddress, links: from(zone => layout.addressOf(storeLink(zone))) }
      : null,
  }
}

/** What lives and answers of a lab, as `lab status --json` prints it. */
export interface LabStatus {
  readonly up: true
  readonly dir: string
  readonly kind: 'up' | 'run'
  readonly ready: boolean
  /** Who uses it, by pid. */
  readonly user: number | null
  readonly controller: number | null
  readonly nodes: readonly {
    readonly id: number
    readonly zone: string
    readonly state: string
    readonly pid: number | null
    readonly answer: string
  }[]
  /** Whether it is as it was made, so that a drill may begin on it; null while it starts or somebody uses it. */
  readonly whole: boolean | null
  /** What it has that it was not made with, in words. */
  readonly leftovers: readonly string[]
  /** The folder of the run that died while it had the lab: `aftershock heal` of it makes it whole. */
  readonly deadRun: string | null
  /** By pid; null: it is absent. */
  readonly toxiproxy: number | null
  /** null where the platform has none. */
  readonly objectStore: {
    readonly pid: number | null
    /** By itself, past its proxy and all links. */
    readonly answers: boolean
    /** Through our S3 proxy, past the links: by zone. */
    readonly proxy: { readonly pid: number | null; readonly answers: Readonly<Record<string, boolean>> }
  } | null
}

export async function describeLab(dir: string, state: LabState): Promise<LabStatus> {
  const lab = labOf(state, dir, systemClock)
  using driver = localDriver(lab)
  const { controller } = await driver.cluster.describe()
  const nodes = driver.topology.nodes.map(async node => {
    const seen = await driver.processes?.look(node.id)
    return {
      id: node.id,
      zone: node.zone,
      state: seen?.state ?? 'absent',
      pid: seen?.process?.pid ?? null,
      answer: seen?.answer ?? 'silent',
    }
  })
  // While somebody has it, its faults are meant, and while it starts it is not whole yet.
  const user = state.user && findAlive(state.user) ? state.user.pid : null
  const found = user === null && state.ready ? await findLeftovers(lab) : null
  return {
    up: true,
    dir,
    kind: state.kind,
    ready: state.ready,
    user,
    controller,
    whole: found && found.length === 0,
    leftovers: found?.map(({ what }) => what) ?? [],
    deadRun: deadUserOf(lab)?.runDir ?? null,
    nodes: await Promise.all(nodes),
    toxiproxy: pidOf(state, 'toxiproxy'),
    objectStore: state.store && (await describeStore(state, lab.layout)),
  }
}

async function describeStore(
  state: LabState,
  layout: LabLayout,
): Promise<NonNullable<LabStatus['objectStore']>> {
  const zones = layout.topology.zones.map(
    async zone => [zone, await storeAnswers(layout.storeProxyAddress(zone))] as const,
  )
  return {
    pid: pidOf(state, 'object-store'),
    answers: await storeAnswers(layout.storeAddress),
    proxy: { pid: pidOf(state, 's3-proxy'), answers: Object.fromEntries(await Promise.all(zones)) },
  }
}

function pidOf(state: LabState, role: string): number | null {
  const process = state.processes.find(entry => entry.role === role)?.process
  return process && findAlive(process) ? process.pid : null
}
