import type { Clock } from '../../../core/clock.ts'
import { overNetwork, type Reach, type WayName } from './reach.ts'
import { sessionDoor } from './session-door.ts'
import { SessionReach } from './session-reach.ts'

/** Nothing is begun until an agent is asked. */
export async function reachOf(
  name: WayName,
  { environment, region }: { readonly environment: string; readonly region: string },
  clock: Clock,
): Promise<Reach> {
  if (name === 'network') return overNetwork
  return new SessionReach({ door: await sessionDoor(region, environment, clock), region, clock })
}
