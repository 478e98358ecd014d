import type { FleetSpec } from '../core/drill.ts'
import type { Random } from '../core/random.ts'

export type ReconnectPolicy = FleetSpec['reconnect']

/**
 * How long to wait before attempt number `attempt` (0 for the first). Full jitter is uniform between nothing
 * and the exponential cap, as in Brooker, "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015).
 */
export function reconnectDelayMs(policy: ReconnectPolicy, attempt: number, random: Random): number {
  switch (policy.policy) {
    case 'immediate':
      return 0
    case 'fixed':
      return policy.baseMs
    case 'exponential-full-jitter':
      return random.next() * Math.min(policy.maxMs, policy.baseMs * 2 ** Math.min(attempt, 30))
  }
}
