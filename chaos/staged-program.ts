import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Contract } from './core/contract.ts'
import { parseContract } from './drill/load-contract.ts'
import { parseYaml } from './drill/yaml-source.ts'
import { packageFile } from './package-root.ts'

/**
 * What `lib/assets/stage-program.mjs` writes into the program when it makes one file of it: a machine that fetches
 * that file has nothing else of this package. Not defined where the program runs from its package.
 */
declare const AFTERSHOCK_STAGED: { readonly version: string; readonly contract: string } | undefined

/** The contract that comes with the product. */
export function shippedContract(): Contract {
  const text =
    typeof AFTERSHOCK_STAGED === 'undefined'
      ? readFileSync(packageFile('contracts', 'fleet.yaml'), 'utf8')
      : AFTERSHOCK_STAGED.contract
  return parseContract(
    parseYaml(text, 'contracts/fleet.yaml', createHash('sha256').update(text).digest('hex')),
  )
}

/** Whether this is that one file. */
export const isStaged = (): boolean => typeof AFTERSHOCK_STAGED !== 'undefined'

export function programVersion(): string {
  if (typeof AFTERSHOCK_STAGED !== 'undefined') return AFTERSHOCK_STAGED.version
  return (JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { version: string }).version
}
