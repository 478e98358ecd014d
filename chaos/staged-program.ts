import { readFileSync } from 'node:fs'
import { packageFile } from './package-root.ts'

/**
 * What `lib/assets/stage-program.mjs` writes into the program when it makes one file of it: a machine that fetches
 * that file has nothing else of this package. Not defined where the program runs from its package.
 */
declare const AFTERSHOCK_STAGED: { readonly version: string; readonly contract: string } | undefined

/** What is in that one file in the place of the package's own; undefined where this is not that file. */
export const staged = typeof AFTERSHOCK_STAGED === 'undefined' ? undefined : AFTERSHOCK_STAGED

/** Whether this is that one file. */
export const isStaged = (): boolean => staged !== undefined

export function programVersion(): string {
  if (staged !== undefined) return staged.version
  return (JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { version: string }).version
}
