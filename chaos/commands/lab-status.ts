import { hasObjectStore, OBJECT_STORE_HOST, storeLink } from '../core/topology.ts'
import { labOf } from '../drivers/local/lab.ts'
import type { LabLayout } from '../drivers/local/lab-layout.ts'
import type { LabState } from '../drivers/local/lab-state.ts'
import { localDriver } from '../drivers/local/local-driver.ts'
import { storeAnswers } from '../drivers/local/object-store-node.ts'
import { findAlive } from '../drivers/local/process-table.ts'
import { deadUserOf, findLeftovers } from '../run/lab-leftovers.ts'
import { systemClock } from '../system-clock.ts'

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

export function statusText(status: LabStatus): string {
  const { kind, user, dir, nodes, controller, toxiproxy, objectStore } = status
  const head = `${kind === 'up' ? 'A lab that stays' : 'The lab of a run'}${user === null ? '' : `, in use by process ${user}`} (${dir})`
  const brokers = nodes.map(
    node =>
      `  broker ${node.id} (${node.zone})   process ${node.state}${node.pid === null ? '' : `, pid ${node.pid}`}   ${node.answer}${node.id === controller ? '   active controller' : ''}`,
  )
  return `${[head, ...brokers, `  toxiproxy   process ${lives(toxiproxy)}`, ...storeRows(objectStore), ...wholeRows(status)].join('\n')}\n`
}

function wholeRows({ whole, leftovers, deadRun }: LabStatus): string[] {
  if (whole === null) return []
  if (whole) return ['  whole: as it was made']
  const hint = deadRun === null ? 'aftershock lab down && aftershock lab up' : `aftershock heal ${deadRun}`
  return ['  NOT whole:', ...leftovers.map(what => `    ${what}`), `  to make it whole: ${hint}`]
}

function storeRows(store: LabStatus['objectStore']): string[] {
  if (store === null) return []
  const silent = Object.entries(store.proxy.answers).flatMap(([zone, answers]) => (answers ? [] : [zone]))
  const zones = silent.length === 0 ? 'answered in every zone' : `silent in ${silent.join(', ')}`
  return [
    `  object store   process ${lives(store.pid)}   ${store.answers ? 'answered' : 'silent'}`,
    `  S3 proxy   process ${lives(store.proxy.pid)}   ${zones}`,
  ]
}

const lives = (pid: number | null): string => (pid === null ? 'absent' : `running, pid ${pid}`)

/** Where the store is reached: rows for those who started the lab; none where there is no store. */
export function storeAddresses(layout: LabLayout): string[] {
  if (!hasObjectStore(layout.topology)) return []
  const direct = layout.storeAddress
  const links = layout.topology.zones.map(zone => {
    const { host, port } = layout.addressOf(storeLink(zone))
    return `${zone} ${host}:${port}`
  })
  return [
    `  ${OBJECT_STORE_HOST}  object store   direct ${direct.host}:${direct.port}   over links, from ${links.join(', ')}`,
  ]
}
