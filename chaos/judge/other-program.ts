import type { Statement } from '../seal/in-toto.ts'

export interface Program {
  readonly version: string
  /** SHA-256 of its sources; null when it runs from the sources themselves. */
  readonly build: string | null
}

/**
 * Who sealed, `was`, and who derives again, `is`, where the seal says that they are two programs; null when they are one,
 * as far as a seal tells: one without a build is taken at its version.
 */
export function otherProgram(
  { version, build }: Statement['predicate']['sealedBy'],
  mine: Program,
): { readonly was: string; readonly is: string } | null {
  if (version !== mine.version) return { was: `version ${version}`, is: `version ${mine.version}` }
  if (build === undefined || mine.build === null || build === mine.build) return null
  return {
    was: `another build of version ${version} (${build.slice(0, 12)})`,
    is: `this build (${mine.build.slice(0, 12)})`,
  }
}
