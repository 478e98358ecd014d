import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Contract } from './core/contract.ts'
import { parseContract } from './drill/load-contract.ts'
import { parseYaml } from './drill/yaml-source.ts'
import { packageFile } from './package-root.ts'
import { staged } from './staged-program.ts'

/** The contract that comes with the product. */
export function shippedContract(): Contract {
  const text = staged?.contract ?? readFileSync(packageFile('contracts', 'fleet.yaml'), 'utf8')
  return parseContract(
    parseYaml(text, 'contracts/fleet.yaml', createHash('sha256').update(text).digest('hex')),
  )
}
