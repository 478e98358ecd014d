import { z } from 'zod'
import { STORE_OPERATIONS } from '../../../driver.ts'

/** What is said on the control interface of the S3 proxy: JSON over HTTP, between programs of ours. */

const operations = z.union([z.literal('all'), z.array(z.enum(STORE_OPERATIONS)).min(1)])

export const injectionSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('throttle'), share: z.number().gt(0).max(1), operations }),
  z.strictObject({ kind: z.literal('delay'), delayMs: z.number().int().positive(), operations }),
  z.strictObject({
    kind: z.literal('fail'),
    count: z.number().int().positive(),
    status: z.union([z.literal(500), z.literal(503)]),
    operations,
  }),
])
export type Injection = z.output<typeof injectionSchema>

/** `PUT /injections/<tag>` */
export const putInjection = z.strictObject({ zones: z.array(z.string()), injection: injectionSchema })
/** `DELETE /injections/<tag>` */
export const clearInjection = z.strictObject({ zones: z.array(z.string()) })

/** `GET /injections/<tag>`: requests that the injection touched, by zone. */
export const injectedCounts = z.record(z.string(), z.number())

/** `GET /injections`: what is in force. */
export const injectionsInForce = z.array(
  z.object({ tag: z.string(), zones: z.array(z.string()), injection: injectionSchema }),
)
export type InjectionsInForce = z.output<typeof injectionsInForce>

const count = z.number().int().nonnegative()
const operationCounts = z.object({
  requests: count,
  failed: count,
  toStoreBytes: count,
  fromStoreBytes: count,
})

/** `GET /use`: counts since the proxy started, by zone and operation, and what the store keeps. */
export const storeUse = z.object({
  zones: z.record(z.string(), z.record(z.string(), operationCounts)),
  storedBytes: count.nullable(),
})
export type StoreUse = z.output<typeof storeUse>

/** By it the proxy knows our own requests: they are no part of what a platform asked for. */
export const PROBE_AGENT = 'aftershock-probe'

/** Where the store says that it is well; asked through every zone's proxy, and never counted. */
export const HEALTH_PATH = '/health'
