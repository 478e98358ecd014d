import type { MachineFacts } from './machine.ts'

/** Reads what tools print about themselves; null in, or nothing recognised, is null out. */

/** `openjdk version "17.0.15" 2025-04-15` */
export function javaVersion(said: string | null): string | null {
  return /version "([^"]+)"/.exec(said ?? '')?.[1] ?? null
}

/** `Apache Maven 3.8.7` */
export function mavenVersion(said: string | null): string | null {
  return /Apache Maven (\d[\w.-]*)/.exec(said ?? '')?.[1] ?? null
}

/** Two lines, GOVERSION and GOTOOLCHAIN; `local` means that Go does not fetch a newer self. */
export function goFacts(said: string | null): MachineFacts['go'] {
  const match = /^go(\d[\w.]*)[^\n]*(?:\n(.*))?/.exec(said ?? '')
  if (match?.[1] === undefined) return null
  const toolchain = match[2]?.trim() ?? ''
  return {
    version: match[1],
    fetchesNewer: toolchain !== '' && toolchain !== 'local' && !toolchain.endsWith('+path'),
  }
}

/** What `ulimit -n` prints: a number or `unlimited`. */
export function openFilesLimit(said: string | null): number | null {
  const text = said?.trim() ?? ''
  if (text === 'unlimited') return Infinity
  return /^\d+$/.test(text) ? Number(text) : null
}

/** macOS: pages that are free or can be taken at once, in bytes. */
export function availableFromVmStat(said: string | null): number | null {
  const pageBytes = Number(/page size of (\d+) bytes/.exec(said ?? '')?.[1] ?? 0)
  if (pageBytes === 0) return null
  const pages = (name: string) =>
    Number(new RegExp(`^Pages ${name}:\\s+(\\d+)`, 'm').exec(said ?? '')?.[1] ?? 0)
  return pageBytes * (pages('free') + pages('inactive') + pages('speculative') + pages('purgeable'))
}
