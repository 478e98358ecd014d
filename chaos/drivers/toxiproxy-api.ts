import { z } from 'zod'
import type { Clock } from '../core/clock.ts'
import { AftershockError } from '../core/errors.ts'
import type { Address } from '../core/network.ts'
import { systemClock } from '../system-clock.ts'
import { callOverHttp, type HttpAnswer } from '../net/http-call.ts'

const toxicSchema = z.object({
  name: z.string(),
  type: z.string(),
  stream: z.string(),
  toxicity: z.number().optional(),
  attributes: z.record(z.string(), z.unknown()).optional(),
})
const proxySchema = z.object({
  name: z.string(),
  listen: z.string(),
  upstream: z.string(),
  enabled: z.boolean(),
  toxics: z.array(toxicSchema).default([]),
})
const proxiesSchema = z.record(z.string(), proxySchema)

export type ProxyState = z.output<typeof proxySchema>

export interface NewToxic {
  readonly name: string
  readonly type: 'latency' | 'bandwidth' | 'timeout' | 'reset_peer'
  readonly stream: 'upstream' | 'downstream'
  readonly toxicity: number
  readonly attributes: object
}

export interface NewProxy {
  readonly name: string
  readonly listen: string
  readonly upstream: string
  readonly enabled: boolean
}

/** Toxiproxy's own interface. What is there already, or gone already, is as it was wanted: each call may be repeated. */
export interface ToxiproxyApi {
  proxies(): Promise<Readonly<Record<string, ProxyState>>>
  proxy(name: string): Promise<ProxyState>
  create(proxy: NewProxy): Promise<void>
  remove(name: string): Promise<void>
  enable(proxy: ProxyState, enabled: boolean): Promise<void>
  addToxic(proxy: string, toxic: NewToxic): Promise<void>
  removeToxic(proxy: string, toxic: string): Promise<void>
  /** In Prometheus' text format. */
  metrics(): Promise<string>
}

const DEADLINE_MS = 10_000

/** Every call rejects with `unavailable` when Toxiproxy refuses it or does not answer in time. */
export function toxiproxyApi(
  address: Address,
  clock: Clock = systemClock,
  timeoutMs = DEADLINE_MS,
): ToxiproxyApi {
  const call = async (
    method: string,
    path: string,
    body?: object,
    alsoFine?: number,
  ): Promise<HttpAnswer> => {
    const answer = await callOverHttp(address, {
      method,
      path,
      timeoutMs,
      clock,
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    if (answer.ok || answer.status === alsoFine) return answer
    throw new AftershockError(
      'unavailable',
      `Toxiproxy did not take ${method} ${path}: HTTP ${answer.status} ${answer.text.trim().slice(0, 300)}`,
    )
  }
  const read = async <S extends z.ZodType>(path: string, schema: S): Promise<z.output<S>> => {
    const { text } = await call('GET', path)
    try {
      return schema.parse(JSON.parse(text))
    } catch (error) {
      throw new AftershockError(
        'unavailable',
        `Toxiproxy answers GET ${path} with something else: ${text.slice(0, 80)}`,
        { cause: error },
      )
    }
  }
  const pathOf = (name: string) => `/proxies/${encodeURIComponent(name)}`
  return {
    proxies: () => read('/proxies', proxiesSchema),
    proxy: name => read(pathOf(name), proxySchema),
    create: async proxy => void (await call('POST', '/proxies', proxy)),
    remove: async name => void (await call('DELETE', pathOf(name), undefined, 404)),
    enable: async ({ name, listen, upstream }, enabled) =>
      void (await call('POST', pathOf(name), { enabled, listen, upstream })),
    addToxic: async (proxy, toxic) => void (await call('POST', `${pathOf(proxy)}/toxics`, toxic, 409)),
    removeToxic: async (proxy, toxic) =>
      void (await call('DELETE', `${pathOf(proxy)}/toxics/${encodeURIComponent(toxic)}`, undefined, 404)),
    metrics: async () => (await call('GET', '/metrics')).text,
  }
}
