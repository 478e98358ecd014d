import { existsSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import type { NodeId } from '../../../core/topology.ts'
import type { RebuildEvent } from '../../../record/processor-evidence.ts'

const line = z.object({
  kind: z.string(),
  at: z.number(),
  state: z.string().optional(),
  partition: z.int().min(0).optional(),
  records: z.int().min(0).optional(),
})

/** How an instance's state was rebuilt, as it wrote it down itself. A last line that a kill cut short is left out. */
export function readRebuildLog(instance: NodeId, path: string): RebuildEvent[] {
  if (!existsSync(path)) return []
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((text): RebuildEvent[] => {
      const parsed = line.safeParse(jsonOf(text))
      if (!parsed.success) return []
      const { kind, at, state, partition = null, records = null } = parsed.data
      return [[instance, at, state ?? kind, partition, records]]
    })
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
