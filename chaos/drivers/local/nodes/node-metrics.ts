import { AftershockError } from '../../../core/errors.ts'
import type { Address } from '../../../core/network.ts'
import { callOverHttp } from '../../../net/http-call.ts'

/** A node's metrics in Prometheus' text format. @throws AftershockError `unavailable` when they do not come in time. */
export async function readMetrics(address: Address, timeoutMs: number): Promise<string> {
  const { ok, status, text } = await callOverHttp(address, { path: '/metrics', timeoutMs })
  if (ok) return text
  throw new AftershockError(
    'unavailable',
    `the node at ${address.host} answers ${status} when asked for its metrics`,
  )
}
