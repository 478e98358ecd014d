import { randomBytes } from 'node:crypto'
import { z } from 'zod'

/** The lab's object store: its binary, and the credentials that only this lab knows. */
export const storeRuntimeSchema = z.strictObject({
  gateway: z.string(),
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
})
export type StoreRuntime = z.output<typeof storeRuntimeSchema>

/** Made for one lab and kept in its state alone. */
export function storeCredentials(): Omit<StoreRuntime, 'gateway'> {
  return { accessKeyId: randomBytes(8).toString('hex'), secretAccessKey: randomBytes(20).toString('hex') }
}

/** Stores name a region in every signature, whether they have regions or not. */
export const STORE_REGION = 'us-east-1'
export const DATA_BUCKET = 'aftershock-data'
export const OPS_BUCKET = 'aftershock-ops'
