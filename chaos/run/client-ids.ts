import type { Platform } from '../core/platform.ts'
import { zoneRouterClientId } from '../platforms/automq/properties.ts'

/**
 * How every client of a run calls itself, by its zone: the zone router knows from it where a client stands. Undefined
 * where no platform asks for it, and each client has a name of its own.
 */
export function clientIdsOf(platform: Platform): ((zone: string) => string) | undefined {
  return platform === 'automq-router' ? zoneRouterClientId : undefined
}
