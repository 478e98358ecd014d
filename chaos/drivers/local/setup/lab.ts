import { DEFAULT_PLATFORM, platformOf, usesObjectStore } from '../../../platforms/index.ts'
import type { PlatformChoice } from '../../environment.ts'
import type { InstalledPlatform } from '../lab/installed-platform.ts'
import type { SetupOptions } from './cache.ts'
import { ensureKafka, type KafkaDistribution } from './kafka.ts'
import { LOCAL_PLATFORMS } from '../platforms/index.ts'
import { ensureToxiproxy, type Toxiproxy } from './toxiproxy.ts'
import { ensureVersitygw } from './versitygw.ts'

export interface InstalledSoftware {
  /** null where nodes are no JVMs. */
  readonly kafka: KafkaDistribution | null
  readonly toxiproxy: Toxiproxy
  readonly platform: InstalledPlatform
  /** The object store's binary; null where the platform needs none. */
  readonly gateway: string | null
}

/** Everything that the local lab runs: from the cache when it verifies, fetched or built otherwise. */
export async function ensureLab(
  options: SetupOptions,
  choice: PlatformChoice = { platform: DEFAULT_PLATFORM },
): Promise<InstalledSoftware> {
  const ended = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, ended.signal]) : ended.signal
  const inner = { ...options, signal }
  const kafka =
    platformOf(choice.platform).runtime.kind === 'jvm'
      ? ensureKafka(inner, choice.version)
      : Promise.resolve(null)
  const parts = [
    kafka,
    ensureToxiproxy(inner),
    usesObjectStore(choice.platform) ? ensureVersitygw(inner) : Promise.resolve(null),
    LOCAL_PLATFORMS[choice.platform].install(choice, inner, kafka),
  ] as const
  try {
    const [jars, toxiproxy, store, platform] = await Promise.all(parts)
    return { kafka: jars, toxiproxy, gateway: store && store.binary, platform }
  } catch (error) {
    // One part failed: end the tools of the others before anyone hears of it.
    ended.abort(error)
    await Promise.allSettled(parts)
    throw error
  }
}
