import type { Clock } from '../core/clock.ts'
import type { Outcome } from '../core/network.ts'
import { type ProbeConnection, ProbeFailure } from '../kafka/probe-connection.ts'
import { apiVersionsRequest } from '../kafka/wire.ts'
import type { RoundTrip } from './driver.ts'

/** A client id is at most 32 kB long, so a larger transfer is several requests, one after the other's reply. */
export async function exchangeWithBroker(
  connection: ProbeConnection,
  bytes: number,
  timeoutMs: number,
  clock: Clock,
): Promise<RoundTrip> {
  try {
    return await askBroker(connection, bytes, timeoutMs, clock)
  } finally {
    connection.close()
  }
}

export async function askBroker(
  connection: ProbeConnection,
  bytes: number,
  timeoutMs: number,
  clock: Clock,
): Promise<RoundTrip> {
  const start = clock.now()
  let begun = start
  let outcome: Outcome = 'answered'
  try {
    await connection.prepare(timeoutMs, clock)
    begun = clock.now()
    let left = bytes
    do {
      const padding = Math.min(left, 30_000)
      await connection.request(
        apiVersionsRequest(1, padding),
        Math.max(1, timeoutMs - (clock.now() - start)),
        clock,
      )
      left -= padding
    } while (left > 0)
  } catch (error) {
    if (!(error instanceof ProbeFailure)) throw error
    outcome = error.outcome
    connection.close()
  }
  return { outcome, ms: clock.now() - begun }
}

/** Opens connections, asks once on each, and leaves them: how many there were, and how many of those died. */
export async function watchIdleBrokers(
  connections: readonly ProbeConnection[],
  forMs: number,
  clock: Clock,
): Promise<{ readonly opened: number; readonly ended: number }> {
  await Promise.all(connections.map(connection => askBroker(connection, 0, forMs, clock)))
  const opened = connections.filter(connection => !connection.closed)
  await clock.sleep(forMs)
  const ended = opened.filter(connection => connection.closed).length
  for (const connection of connections) connection.close()
  return { opened: connections.length, ended: ended + (connections.length - opened.length) }
}
