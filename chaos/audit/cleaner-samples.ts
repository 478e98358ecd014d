import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { SERIES } from '../record/samples.ts'
import { seriesFile } from '../record/series.ts'
import type { Catalog } from './catalog.ts'
import type { CleanerReach } from './compaction.ts'
import { parseJson } from './history-format.ts'
import { chunksOf, eachLine, textOf } from './line-reader.ts'

const NAME = seriesFile('cleaners')
const { schema } = SERIES.cleaners

/** How far the log cleaners of a run came, on whichever replica came furthest. */
export interface CleanerSamples {
  readonly upTo: ReadonlyMap<string, number>
  readonly lastAt: number
}

/** null: the run did not look. @throws AftershockError `input` when a line in its middle is broken. */
export async function readCleanerSamples(runDir: string): Promise<CleanerSamples | null> {
  const path = join(runDir, NAME)
  if (!existsSync(path)) return null
  const upTo = new Map<string, number>()
  let lastAt = -1
  await eachLine(chunksOf(path), NAME, line => {
    if (line.isOpen) return
    const parsed = schema.safeParse(parseJson(textOf(line), `${NAME}:${line.number}`))
    if (!parsed.success) return
    lastAt = Math.max(lastAt, parsed.data.t)
    for (const [partition, offset] of Object.entries(parsed.data.cleaned))
      upTo.set(partition, Math.max(offset, upTo.get(partition) ?? 0))
  })
  return lastAt < 0 ? null : { upTo, lastAt }
}

/** `readAt`: when the final read was last given something of a partition. */
export function reachOf(
  samples: CleanerSamples | null,
  catalog: Catalog,
  readAt: (partition: number) => number,
): (partition: number) => CleanerReach | null {
  return partition =>
    samples && {
      upTo: samples.upTo.get(catalog.partitions[partition]?.name ?? '') ?? 0,
      isFinal: samples.lastAt >= readAt(partition),
    }
}
