import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { NodeId } from '../../../core/topology.ts'
import { dataDir } from './kafka-node.ts'
import type { LabLayout } from '../lab/lab-layout.ts'

/**
 * By `topic/partition`, up to which offset the broker's log cleaner has compacted its copy, as it keeps it beside the
 * logs (Kafka, `LogCleanerManager`). null: there is no such file; a disk may just be replaced.
 */
export function cleanedOffsets(layout: LabLayout, node: NodeId): Record<string, number> | null {
  try {
    return parseCheckpoint(readFileSync(join(dataDir(layout, node), 'cleaner-offset-checkpoint'), 'utf8'))
  } catch {
    return null
  }
}

/** A version, the number of entries, and then one `topic partition offset` a line. */
export function parseCheckpoint(text: string): Record<string, number> {
  const entries = text.split('\n').flatMap(line => {
    const [, topic, partition, offset] = /^(\S+) (\d+) (\d+)$/.exec(line) ?? []
    return topic === undefined || topic.startsWith('__')
      ? []
      : [[`${topic}/${partition}`, Number(offset)] as const]
  })
  return Object.fromEntries(entries)
}
