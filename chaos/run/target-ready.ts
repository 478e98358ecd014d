import type { Clock } from '../core/clock.ts'
import type { NodeId } from '../core/topology.ts'
import type { ClusterReading, Driver } from '../drivers/driver.ts'

/**
 * Whether a fault on these nodes would show what its drill means to show. A broker that leads nothing takes
 * nothing away; a broker that is too young is failed over late on some platforms.
 */
export type TargetReadiness =
  | { readonly ready: true }
  | {
      readonly ready: false
      readonly why: string
      /** When to look again. */
      readonly waitMs: number
      /** Those of them that lead nothing. @default none */
      readonly idle?: readonly NodeId[]
    }

export interface TargetFacts {
  readonly nodes: readonly NodeId[]
  /** A younger node is failed over late; 0: age does not matter. */
  readonly leastAgeMs: number
  readonly cluster: ClusterReading
  /**
   * Brokers that are to serve besides those that a fault holds down: two that are away at once are another fault than
   * the drill has. @default none that is looked at
   */
  readonly expected?: readonly NodeId[]
  /** Of each node's process; null: there is none, or its age is not known. */
  readonly ageMs: ReadonlyMap<NodeId, number | null>
}

/** Leaders go home after 5 s in the lab. */
const LOOK_AGAIN_MS = 1000
/** A broker that was asked to lead does so after a second or so; on a busy machine, later. */
const GIVE_AGAIN_MS = 15_000
/** Long enough for a node that has just been started, and for its leaders to come home. */
const DEADLINE_MS = 90_000

export function targetReady({
  nodes,
  leastAgeMs,
  cluster,
  expected = [],
  ageMs,
}: TargetFacts): TargetReadiness {
  if (nodes.length === 0) return { ready: true }
  if (cluster.answered.length === 0) return notReady('no broker says who leads what', LOOK_AGAIN_MS)
  const away = expected.filter(node => !cluster.answered.includes(node))
  if (away.length > 0)
    return notReady(
      `${answers(away)} not answer, and no fault holds ${away.length === 1 ? 'it' : 'them'} down`,
      LOOK_AGAIN_MS,
    )
  const leaders = new Set(Object.values(cluster.partitions).map(partition => partition.leader))
  const idle = nodes.filter(node => !leaders.has(node))
  if (idle.length > 0) return { ...notReady(`${brokers(idle)} no partition`, LOOK_AGAIN_MS), idle }
  return leastAgeMs > 0 ? oldEnough(nodes, ageMs, leastAgeMs) : { ready: true }
}

function oldEnough(
  nodes: readonly NodeId[],
  ageMs: TargetFacts['ageMs'],
  leastAgeMs: number,
): TargetReadiness {
  const ages = nodes.map(node => ({ node, age: ageMs.get(node) ?? null }))
  const unknown = ages.find(({ age }) => age === null)
  if (unknown) return notReady(`the age of broker ${unknown.node} is not known`, LOOK_AGAIN_MS)
  const youngest = ages.reduce((a, b) => ((b.age ?? 0) < (a.age ?? 0) ? b : a))
  const left = leastAgeMs - (youngest.age ?? 0)
  if (left <= 0) return { ready: true }
  return notReady(
    `broker ${youngest.node} is ${seconds(youngest.age ?? 0)} old, and one younger than ${seconds(leastAgeMs)} is failed over late`,
    left,
  )
}

export interface ReadyOptions {
  readonly clock: Clock
  readonly leastAgeMs: number
  /** Those that a fault holds down at this moment. @default none */
  readonly held?: () => ReadonlySet<NodeId>
  /** @default 90 s */
  readonly deadlineMs?: number
  readonly signal?: AbortSignal
  /** Said once, when there is something to wait for. */
  readonly onWait?: (why: string) => void
  /** Has brokers lead that lead nothing, where they would not by themselves. @default they do */
  readonly giveLeaders?: (idle: readonly NodeId[], cluster: ClusterReading) => Promise<void>
}

/** Waits until a fault may begin on these nodes; what it resolves to after the deadline says why it should not. */
export function waitForTarget(
  driver: Driver,
  nodes: readonly NodeId[],
  options: ReadyOptions,
): Promise<TargetReadiness> {
  let given = Number.NEGATIVE_INFINITY
  return untilReady(options, async () => {
    const [cluster, ageMs] = await Promise.all([
      driver.cluster.describe(),
      options.leastAgeMs > 0 ? agesOf(driver, nodes) : new Map<NodeId, number | null>(),
    ])
    const held = options.held?.() ?? new Set<NodeId>()
    const expected = driver.topology.nodes.map(node => node.id).filter(node => !held.has(node))
    const readiness = targetReady({ nodes, leastAgeMs: options.leastAgeMs, cluster, expected, ageMs })
    const { clock, giveLeaders } = options
    if (!readiness.ready && readiness.idle && giveLeaders && clock.now() - given >= GIVE_AGAIN_MS) {
      given = clock.now()
      await giveLeaders(readiness.idle, cluster)
    }
    return readiness
  })
}

/**
 * Waits once, before a timeline begins, until every broker is old enough, where that matters: the timelines of all
 * platforms then have the same distances. At once on other platforms.
 */
export function waitForAge(driver: Driver, options: ReadyOptions): Promise<TargetReadiness> {
  const nodes = options.leastAgeMs > 0 ? driver.topology.nodes.map(node => node.id) : []
  return untilReady(options, async () =>
    nodes.length === 0 ? { ready: true } : oldEnough(nodes, await agesOf(driver, nodes), options.leastAgeMs),
  )
}

async function untilReady(
  { clock, signal, onWait, deadlineMs = DEADLINE_MS }: ReadyOptions,
  look: () => Promise<TargetReadiness>,
): Promise<TargetReadiness> {
  const deadline = clock.now() + deadlineMs
  let said = false
  for (;;) {
    signal?.throwIfAborted()
    const readiness = await look()
    const left = deadline - clock.now()
    if (readiness.ready || left <= 0) return readiness
    if (!said) onWait?.(readiness.why)
    said = true
    await clock.sleep(Math.min(readiness.waitMs, left), signal)
  }
}

async function agesOf({ processes }: Driver, nodes: readonly NodeId[]): Promise<Map<NodeId, number | null>> {
  const ages = nodes.map(async node => [node, (await processes?.ageMs(node)) ?? null] as const)
  return new Map(await Promise.all(ages))
}

function brokers(nodes: readonly NodeId[]): string {
  return nodes.length === 1 ? `broker ${nodes[0]} leads` : `brokers ${nodes.join(', ')} lead`
}

function answers(nodes: readonly NodeId[]): string {
  return nodes.length === 1 ? `broker ${nodes[0]} does` : `brokers ${nodes.join(', ')} do`
}

function seconds(ms: number): string {
  return `${Math.floor(ms / 1000)} s`
}

function notReady(why: string, waitMs: number) {
  return { ready: false, why, waitMs } as const
}
