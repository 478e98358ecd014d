import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** A segment that is written to no more. */
export interface ClosedSegment {
  /** Its first offset. */
  readonly base: number
  /** When it was last written to, on the wall's clock: it was closed then, or a moment later. */
  readonly lastWriteWallMs: number
}

/** Of a partition's folder; the newest segment is the open one. A folder that is gone has none. */
export function closedSegments(folder: string): ClosedSegment[] {
  const bases = filesOf(folder)
    .filter(name => /^\d{20}\.log$/.test(name))
    .toSorted()
  return bases.slice(0, -1).flatMap(name => {
    const lastWriteWallMs = lastWrite(join(folder, name))
    return lastWriteWallMs === null ? [] : [{ base: Number(name.slice(0, -4)), lastWriteWallMs }]
  })
}

/** The broker removes and renames segments while we look. */
function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function lastWrite(path: string): number | null {
  try {
    return statSync(path).mtimeMs
  } catch {
    return null
  }
}
