import { z } from 'zod'
import { AftershockError, messageOf } from '../../../core/errors.ts'
import type { Address } from '../../../core/network.ts'
import { callOverHttp } from '../../../net/http-call.ts'
import {
  type Injection,
  injectedCounts,
  injectionsInForce,
  type InjectionsInForce,
  storeUse,
  type StoreUse,
} from './s3-proxy/protocol.ts'

/** The other end of the S3 proxy's control interface. */
export interface StoreControl {
  put(zones: readonly string[], tag: string, injection: Injection): Promise<void>
  clear(zones: readonly string[], tag: string): Promise<void>
  injected(tag: string): Promise<Readonly<Record<string, number>>>
  inForce(): Promise<InjectionsInForce>
  /** Counts since the proxy started. Bytes stored may be ten seconds old. */
  use(): Promise<StoreUse>
}

const DEADLINE_MS = 10_000

/** Every call rejects with `unavailable` when the proxy does not answer in time. */
export function storeControl(address: Address): StoreControl {
  const call = async <S extends z.ZodType>(method: string, path: string, answer: S, body?: object) => {
    try {
      const question = { method, path, timeoutMs: DEADLINE_MS, ...(body && { body: JSON.stringify(body) }) }
      const { ok, status, text } = await callOverHttp(address, question)
      if (!ok) throw new AftershockError('unavailable', `it answered ${status}: ${text}`)
      return answer.parse(JSON.parse(text))
    } catch (error) {
      throw new AftershockError(
        'unavailable',
        `the S3 proxy did not take ${method} ${path}: ${messageOf(error)}`,
        { cause: error },
      )
    }
  }
  const injections = (tag: string) => `/injections/${encodeURIComponent(tag)}`
  return {
    put: async (zones, tag, injection) => {
      await call('PUT', injections(tag), z.object({}), { zones, injection })
    },
    clear: async (zones, tag) => {
      await call('DELETE', injections(tag), z.object({}), { zones })
    },
    injected: tag => call('GET', injections(tag), injectedCounts),
    inForce: () => call('GET', '/injections', injectionsInForce),
    use: () => call('GET', '/use', storeUse),
  }
}
