import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { PLATFORM_NAMES } from '../../../platforms/index.ts'
import { kafka } from '../../../platforms/kafka/traits.ts'
import { platformSoftware } from '../../../record/platform-software.ts'

/** Jars that keep Kafka's closed segments in the object store: the lab's own, or those of Aiven's plugin. */
const tierPlugin = z.discriminatedUnion('plugin', [
  z.strictObject({ plugin: z.literal('reference'), className: z.string(), classPath: z.string() }),
  z.strictObject({ plugin: z.literal('aiven'), folder: z.string() }),
])
export type TierPlugin = z.output<typeof tierPlugin>

/** What the nodes of a lab run, as it is kept in the lab's state, so that any later process can start one again. */
export const labPlatformSchema = z.strictObject({
  platform: z.enum(PLATFORM_NAMES),
  /** What goes into every report. */
  software: platformSoftware,
  /** Of Kafka with tiered storage. */
  tier: tierPlugin.nullable(),
  /** The folder of what the user brought. */
  home: z.string().nullable(),
})
export type LabPlatform = z.output<typeof labPlatformSchema>

export function plainKafka(version: string, notes: readonly string[] = []): LabPlatform {
  return {
    platform: kafka.name,
    software: {
      name: `${kafka.title} ${version}`,
      ...(version !== '' && { version }),
      kind: 'product',
      notes,
    },
    tier: null,
    home: null,
  }
}

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
