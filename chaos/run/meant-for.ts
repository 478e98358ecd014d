import { AftershockError } from '../core/errors.ts'
import { type Platform, platformName } from '../core/platform.ts'
import type { LoadedDrill } from '../drill/load-drill.ts'

/**
 * Gates are promises of a kind of platform: judged by another's, a platform fails for what it never promised, and in
 * a comparison that would read as a verdict on it.
 * @throws AftershockError `refused` when the drill names the platforms that it is meant for, and this is none of them.
 */
export function refuseUnmeantPlatform({ drill }: LoadedDrill, platform: Platform): void {
  const { platforms } = drill
  if (platforms === undefined || platforms.includes(platform)) return
  throw new AftershockError(
    'refused',
    `${drill.drill} is meant for ${platforms.map(platformName).join(' and ')}: its gates do not fit ${platformName(platform)}`,
    {
      hint: `choose --platform ${platforms.join(' or ')}, or write a drill with gates that fit: the key platforms says for which it is`,
    },
  )
}
