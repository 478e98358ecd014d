import type { Drill } from '../../core/drill.ts'
import { AftershockError } from '../../core/errors.ts'
import { noSecondRelease, type PlatformName, platformOf } from '../../platforms/index.ts'
import { isOlder, versionOfChoice } from '../../platforms/platform-id.ts'
import { KAFKA_VERSION } from '../../platforms/kafka/release.ts'
import type { PlatformChoice } from '../environment.ts'

/** Elsewhere the lab's own Kafka lends its tools, and no broker is of that version. */
export const hasStockBrokers = (platform: PlatformName): boolean =>
  platformOf(platform).versions.from === 'maven'

/**
 * Both releases of a drill that upgrades; null: it has one.
 * @throws AftershockError `refused` where the platform has no second one, or the other is no newer.
 */
export function releasesOf(
  { drill, upgrade }: Pick<Drill, 'drill' | 'upgrade'>,
  choice: PlatformChoice,
): { readonly older: string; readonly newer: string } | null {
  if (!upgrade) return null
  const { version: older } = versionOfChoice(choice)
  if (older === null || !hasStockBrokers(choice.platform)) throw noSecondRelease(drill, choice.platform)
  if (!isOlder(older, upgrade.to))
    throw new AftershockError(
      'refused',
      `${drill} upgrades Kafka ${older} to ${upgrade.to}, which is no newer`,
      {
        hint: `begin with an older one (--platform ${choice.platform}@${KAFKA_VERSION}), or write another release below upgrade`,
      },
    )
  return { older, newer: upgrade.to }
}
