import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { contractSchema } from '../../chaos/core/contract.ts'
import { packageFile } from '../../chaos/package-root.ts'

/** The contract that comes with the product. */
export const fleetContract = contractSchema.parse(
  parse(readFileSync(packageFile('contracts', 'fleet.yaml'), 'utf8')),
)
