import { platformTitle } from '../platforms/index.ts'
import type { ComparedConfiguration } from './comparison.ts'
import type { Configuration } from './configuration.ts'
import type { Column } from './recovery-and-replay.ts'

/** In what the configurations of the platforms differ; that of a platform is the same in all of its runs. */
export function comparedConfiguration(columns: readonly Column[]): ComparedConfiguration {
  const kept = columns.flatMap(({ platform, runs: [first] }) =>
    first?.configuration ? [{ platform, own: first.configuration }] : [],
  )
  const missing = columns.filter(({ platform }) => !kept.some(one => one.platform === platform))
  const keys = [...new Set(kept.flatMap(({ own }) => Object.keys(own.settings)))].toSorted()
  const isSame = (key: string) => new Set(kept.map(({ own }) => own.settings[key])).size === 1
  return {
    why:
      missing.length === 0
        ? null
        : `The runs of ${missing.map(({ platform }) => platformTitle(platform)).join(' and ')} did not keep what they were configured with: they are of a version that did not.`,
    perPlatform: Object.fromEntries(kept.map(({ platform, own }) => [platform, sizeOf(own)])),
    same: kept.length === 0 ? 0 : keys.filter(isSame).length,
    differs: keys
      .filter(key => !isSame(key))
      .map(setting => ({
        setting,
        perPlatform: Object.fromEntries(
          kept.flatMap(({ platform, own }) => {
            const value = own.settings[setting]
            return value === undefined ? [] : [[platform, value]]
          }),
        ),
      })),
  }
}

const sizeOf = ({ sha256, settings }: Configuration) => ({ sha256, settings: Object.keys(settings).length })
