import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../../../core/clock.ts'

/** Parts of uploads that are not complete: no objects yet. Where versitygw keeps them. */
const UNFINISHED = '.sgwtmp'
const EVERY_MS = 10_000

/**
 * The bytes of all objects below `folder`: the sum of the sizes of its files, without unfinished uploads. Reading
 * them costs a look at each file, so the answer may be up to ten seconds old, and null before the first one is there.
 */
export class StoredBytes {
  private readonly folder: string
  private readonly clock: Clock
  private bytes: number | null = null
  private askedAt = Number.NEGATIVE_INFINITY
  private asking: Promise<void> | null = null

  constructor(folder: string, clock: Clock) {
    this.folder = folder
    this.clock = clock
  }

  async read(): Promise<number | null> {
    if (this.asking === null && this.clock.now() - this.askedAt >= EVERY_MS) {
      this.askedAt = this.clock.now()
      this.asking = sizeOf(this.folder)
        .then(
          bytes => {
            this.bytes = bytes
          },
          // Nobody knows is a better answer than an old number.
          () => {
            this.bytes = null
          },
        )
        .finally(() => {
          this.asking = null
        })
    }
    if (this.bytes === null) await this.asking
    return this.bytes
  }
}

async function sizeOf(folder: string): Promise<number> {
  let total = 0
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.name === UNFINISHED) continue
    const path = join(folder, entry.name)
    if (entry.isDirectory()) total += await unlessGone(sizeOf(path))
    else if (entry.isFile()) total += await unlessGone(stat(path).then(({ size }) => size))
  }
  return total
}

/** What is deleted while it is looked at is not stored any more. */
async function unlessGone(size: Promise<number>): Promise<number> {
  try {
    return await size
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
    throw error
  }
}
