import { type PlatformName, platformOf } from '../platforms/index.ts'

/**
 * How every client of a run calls itself, by its zone: the zone router knows from it where a client stands. Undefined
 * where no platform asks for it, and each client has a name of its own.
 */
export function clientIdsOf(platform: PlatformName): ((zone: string) => string) | undefined {
  return platformOf(platform).clientId ?? undefined
}
