import type { NodeId } from '../core/topology.ts'
import type { Journal } from '../record/journal.ts'
import { faultOf } from '../faults/index.ts'

/** Nodes whose processes a fault has taken, from its intent until it was healed: they are its own to start again. */
export function heldNodes(journal: Journal): () => ReadonlySet<NodeId> {
  const held = new Map<string, readonly NodeId[]>()
  journal.onLine(line => {
    if (line.kind === 'fault.intended' && faultOf(line.fault).needs.includes('processes'))
      held.set(line.id, line.nodes)
    if (line.kind === 'fault.healed') held.delete(line.id)
  })
  return () => new Set([...held.values()].flat())
}
