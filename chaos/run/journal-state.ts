import type { NodeId } from '../core/topology.ts'
import { isReleaseMove } from '../core/upgrade.ts'
import type { Capability, ReadGrant } from '../drivers/driver.ts'
import type { TargetBase } from '../faults/fault.ts'
import { FAULTS } from '../faults/index.ts'
import type { JournalLine } from '../record/journal-events.ts'

export interface OpenFault {
  readonly id: string
  readonly fault: string
  readonly target: TargetBase
  readonly before: unknown
  /** Absent: region a, or the only one. */
  readonly cluster?: 'b' | undefined
}

export interface OpenGrant {
  readonly id: string
  readonly grant: ReadGrant
}

/**
 * Clients that a store refused come back after it: one that backs off was measured to do so 17 s later, and others may
 * take longer.
 */
const AFTER_HEALING_MS = 30_000

/** What is in force, by the lines of a journal: one rule for the run, its readers, its guardian and whoever heals it. */
export class JournalState {
  readonly #open = new Map<string, OpenFault>()
  readonly #holding = new Map<
    string,
    { readonly nodes: readonly NodeId[]; readonly cluster: 'b' | undefined }
  >()
  readonly #away = new Set<string>()
  readonly #grants = new Map<string, OpenGrant>()
  readonly #left = new Map<'topics' | 'quota', readonly string[]>()
  #changesReleases = false
  #storeGraceUntilMs = Number.NEGATIVE_INFINITY

  /** The state after these lines, in their order. */
  static after(lines: Iterable<JournalLine>): JournalState {
    const state = new JournalState()
    for (const line of lines) state.read(line)
    return state
  }

  read(line: JournalLine): void {
    if (line.kind === 'action.started' && isReleaseMove(line.action)) this.#changesReleases = true
    else if (line.kind === 'grant.intended') this.#grants.set(line.id, { id: line.id, grant: line.grant })
    else if (line.kind === 'grant.removed') this.#grants.delete(line.id)
    else if (line.kind === 'cluster.left') this.#left.set('topics', line.kept)
    else if (line.kind === 'quota.removed') this.#left.delete('quota')
    else if (line.kind === 'quota.remains')
      this.#left.set('quota', [`the produce quota of ${line.client}: ${line.why}`])
    else if (line.kind === 'fault.intended') this.#intend(line)
    else if (line.kind === 'fault.healed') this.#holding.delete(line.id)
    else if (line.kind === 'fault.heal-proven' || line.kind === 'fault.heal-unproven') {
      if (line.kind === 'fault.heal-proven') this.#open.delete(line.id)
      if (this.#away.delete(line.id) && this.#away.size === 0)
        this.#storeGraceUntilMs = line.t + AFTER_HEALING_MS
    }
  }

  #intend({
    id,
    fault,
    target,
    before,
    nodes,
    cluster,
  }: JournalLine & { readonly kind: 'fault.intended' }): void {
    this.#open.set(id, { id, fault, target: target as TargetBase, before, ...(cluster && { cluster }) })
    if (takes(fault, 'processes')) this.#holding.set(id, { nodes, cluster })
    if (!takes(fault, 'objectStore')) return
    this.#away.add(id)
    this.#storeGraceUntilMs = Number.POSITIVE_INFINITY
  }

  /** Faults that were intended and whose healing was never proven, the newest first. */
  openFaults(): OpenFault[] {
    return [...this.#open.values()].toReversed()
  }

  /** Rights to read that were made, or were about to be, and never seen to be gone; the newest first. */
  openGrants(): OpenGrant[] {
    return [...this.#grants.values()].toReversed()
  }

  /** What the run made in a cluster that is not its own, and could not be taken away so far; in words. */
  left(): string[] {
    return [...this.#left.values()].flat()
  }

  /** Whether brokers were given another release, or were about to be: one of them may have been ended for it. */
  get changesReleases(): boolean {
    return this.#changesReleases
  }

  /**
   * Nodes whose processes a fault has taken, from its intent until it was healed: its own to start again. Nodes of both
   * regions have the same numbers. @param of whose. @default region a, or the only one
   */
  heldNodes(of?: 'b'): ReadonlySet<NodeId> {
    return new Set([...this.#holding.values()].flatMap(({ nodes, cluster }) => (cluster === of ? nodes : [])))
  }

  /** What is open is about to be undone once more, whatever an earlier healer had undone without a proof. */
  holdOpenFaults(): void {
    for (const { id, fault, target, cluster } of this.#open.values())
      if (takes(fault, 'processes')) this.#holding.set(id, { nodes: target.nodes, cluster })
  }

  /** Until when readers are left alone, ms of the run: while a fault keeps the store away, and a while after. */
  get storeGraceUntilMs(): number {
    return this.#storeGraceUntilMs
  }
}

/** Of a fault that this version does not know, nothing is known. */
const takes = (fault: string, capability: Capability): boolean =>
  FAULTS.get(fault)?.needs.includes(capability) ?? false
