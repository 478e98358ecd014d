import type { SetupOptions } from './cache.ts'
import { ensureKafka, type KafkaDistribution } from './kafka.ts'
import { ensureToxiproxy, type Toxiproxy } from './toxiproxy.ts'

export interface LabSoftware {
  readonly kafka: KafkaDistribution
  readonly toxiproxy: Toxiproxy
}

/** Everything that the local lab runs: from the cache when it verifies, fetched or built otherwise. */
export async function ensureLab(options: SetupOptions): Promise<LabSoftware> {
  const ended = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, ended.signal]) : ended.signal
  const parts = [ensureKafka({ ...options, signal }), ensureToxiproxy({ ...options, signal })] as const
  try {
    const [kafka, toxiproxy] = await Promise.all(parts)
    return { kafka, toxiproxy }
  } catch (error) {
    // One part failed: end the tools of the other before anyone hears of it.
    ended.abort(error)
    await Promise.allSettled(parts)
    throw error
  }
}
