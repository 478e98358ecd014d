import { usesObjectStore } from '../../../core/platform.ts'
import type { PlatformChoice } from '../../environment.ts'
import type { LabPlatform } from '../lab/lab-platform.ts'
import type { SetupOptions } from './cache.ts'
import { ensureKafka, type KafkaDistribution } from './kafka.ts'
import { ensureGateway, ensurePlatform } from './platform.ts'
import { ensureToxiproxy, type Toxiproxy } from './toxiproxy.ts'

export interface LabSoftware {
  readonly kafka: KafkaDistribution
  readonly toxiproxy: Toxiproxy
  readonly platform: LabPlatform
  /** The object store's binary; null where the platform needs none. */
  readonly gateway: string | null
}

/** Everything that the local lab runs: from the cache when it verifies, fetched or built otherwise. */
export async function ensureLab(
  options: SetupOptions,
  choice: PlatformChoice = { platform: 'kafka' },
): Promise<LabSoftware> {
  const ended = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, ended.signal]) : ended.signal
  const inner = { ...options, signal }
  const parts = [
    ensureKafka(inner),
    ensureToxiproxy(inner),
    usesObjectStore(choice.platform) ? ensureGateway(inner) : Promise.resolve(null),
    ensurePlatform(inner, choice),
  ] as const
  try {
    const [kafka, toxiproxy, gateway, platform] = await Promise.all(parts)
    return { kafka, toxiproxy, gateway, platform }
  } catch (error) {
    // One part failed: end the tools of the others before anyone hears of it.
    ended.abort(error)
    await Promise.allSettled(parts)
    throw error
  }
}
