import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '../core/errors.ts'
import type { PlatformVersion } from '../platforms/platform-id.ts'
import { type Compatibility, COMPATIBILITY_FILE, readCompatibility } from '../record/compatibility.ts'

export interface FoundCompatibility {
  /** Its folder, absolute. */
  readonly path: string
  readonly result: Compatibility
}

export interface NewestCompatibility {
  readonly newest: FoundCompatibility | null
  /** Those that would have counted and do not. */
  readonly left: readonly { readonly path: string; readonly why: string }[]
}

/** The newest try of a platform in a folder of runs that tried every line: a part of them says nothing of the whole. */
export function newestCompatibility(
  folder: string,
  { platform, version }: PlatformVersion,
  lines: readonly string[],
): NewestCompatibility {
  const left: { path: string; why: string }[] = []
  const found = foldersIn(folder).flatMap((path): FoundCompatibility[] => {
    try {
      const result = readCompatibility(path)
      if (!result || result.platform !== platform) return []
      const why = whyNot(result, version, lines)
      if (why === null) return [{ path, result }]
      left.push({ path, why })
    } catch (error) {
      left.push({ path, why: messageOf(error) })
    }
    return []
  })
  const newest = found.toSorted((a, b) => b.result.at.localeCompare(a.result.at))[0] ?? null
  return { newest, left }
}

function whyNot({ software, lines: tried }: Compatibility, version: string | null, lines: readonly string[]) {
  if (software?.kind === 'stand-in') return `it tried ${software.name}, a stand-in`
  if (version !== null && software?.version !== version)
    return `it tried version ${software?.version ?? 'unknown'}, not ${version}`
  const missing = lines.filter(name => !tried.some(({ line }) => line === name))
  return missing.length === 0 ? null : `it did not try ${missing.join(', ')}`
}

function foldersIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .map(name => join(folder, name))
      .filter(path => existsSync(join(path, COMPATIBILITY_FILE)))
  } catch {
    return []
  }
}
