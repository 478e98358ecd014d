import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { BUNDLE } from './seal.ts'
import { BundleRefusal, openBundle } from './bundle.ts'

/** By name, the digests that a run's seal vouches for; null when there is no seal that can be read. */
export async function sealedDigests(runDir: string): Promise<ReadonlyMap<string, string> | null> {
  if (!existsSync(join(runDir, BUNDLE))) return null
  try {
    const { statement } = await openBundle(join(runDir, BUNDLE))
    return new Map(statement.subject.map(({ name, digest }) => [name, digest.sha256]))
  } catch (error) {
    if (error instanceof BundleRefusal) return null
    throw error
  }
}

export function digestOfText(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex')
}

/**
 * What to say after a stage has written files of a run again: those that are not the sealed ones any more. null when
 * there is no seal, or every file is the one that was sealed, as it is when the same version derives it again.
 */
export async function sealNotice(runDir: string, files: readonly string[]): Promise<string | null> {
  const sealed = await sealedDigests(runDir)
  if (!sealed) return null
  const changed = files.filter(name => {
    const path = join(runDir, name)
    return existsSync(path) && digestOfText(readFileSync(path)) !== sealed.get(name)
  })
  if (changed.length === 0) return null
  const are = changed.length === 1 ? 'is' : 'are'
  return (
    `warning: ${changed.join(', ')} ${are} not what ${BUNDLE} seals any more, so the run does not verify; ` +
    `\`aftershock seal ${runDir}\` seals it as it is now\n`
  )
}
