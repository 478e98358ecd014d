import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isUserTopic } from './wire.ts'

/** Of `log.dirs`, by its files. */
export interface LogDirectory {
  /** null: it is not formatted. */
  readonly directoryId: string | null
  readonly clusterId: string | null
  /** Bytes of all segments of user topics. */
  readonly segmentBytes: number
}

/** What a broker has on its disk, whether it runs or not: it may remove and rename files while we look. */
export function lookAtLogDirectory(dir: string): LogDirectory {
  const properties = textOf(join(dir, 'meta.properties'))
  const property = (name: string) => new RegExp(`^${name}=(.+)$`, 'm').exec(properties)?.[1] ?? null
  let segmentBytes = 0
  for (const name of filesIn(dir)) {
    const [, topic] = /^(.+)-\d+$/.exec(name) ?? []
    if (topic === undefined || !isUserTopic(topic)) continue
    for (const file of filesIn(join(dir, name)))
      if (file.endsWith('.log')) segmentBytes += sizeOf(join(dir, name, file))
  }
  return { directoryId: property('directory\\.id'), clusterId: property('cluster\\.id'), segmentBytes }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function filesIn(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size
  } catch {
    return 0
  }
}
