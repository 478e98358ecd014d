import type { Clock } from '../core/clock.ts'
import type { Address } from '../core/network.ts'
import type { BrokerLogin } from '../kafka/broker-login.ts'
import { LoggedInConnection } from '../kafka/logged-in-connection.ts'
import { apiVersionsRequest, Reader } from '../kafka/wire.ts'

const ANSWER_MS = 10_000

/** What a broker says that it takes: by the number of a request, its versions. Layout: ApiVersions v0. */
export async function apiRanges(
  address: Address,
  login: BrokerLogin | null,
  clock: Clock,
): Promise<ReadonlyMap<number, { readonly min: number; readonly max: number }>> {
  const connection = new LoggedInConnection(address, address.host, login)
  try {
    const reader = new Reader(await connection.request(apiVersionsRequest(1), ANSWER_MS, clock))
    reader.skip(6)
    const ranges = new Map<number, { min: number; max: number }>()
    reader.array(() => {
      const key = reader.int16()
      ranges.set(key, { min: reader.int16(), max: reader.int16() })
    })
    return ranges
  } finally {
    connection.close()
  }
}
