import type { Clock } from '../../../core/clock.ts'
import type { Address } from '../../../core/network.ts'
import { OBJECT_STORE_HOST } from '../../../core/topology.ts'
import { S3_PORT } from '../../../platforms/addresses.ts'
import type { ProbeOperation, StoreReply } from '../../driver.ts'
import { askObjectStore } from '../../store-questions.ts'
import { OPS_BUCKET, STORE_REGION } from './store-runtime.ts'
import { PROBE_AGENT } from './s3-proxy/protocol.ts'

export interface StoreCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/**
 * A signed request over a zone's way to the store: what a broker there would see, asked without the proxy's control
 * interface and without its counts.
 */
export function askStore(
  address: Address,
  credentials: StoreCredentials,
  zone: string,
  operation: ProbeOperation,
  timeoutMs: number,
  clock: Clock,
): Promise<StoreReply> {
  const store = {
    address,
    host: `${OBJECT_STORE_HOST}:${S3_PORT}`,
    bucket: OPS_BUCKET,
    isInPath: true,
    isSecure: false,
    key: { ...credentials, region: STORE_REGION },
    userAgent: PROBE_AGENT,
  }
  return askObjectStore(store, `aftershock-probe/${zone}`, operation, timeoutMs, clock)
}
