import { messageOf } from '../core/errors.ts'
import type { FleetSample } from '../record/samples.ts'
import { type AwsCli, awsCli, storeOnce } from './store-once.ts'

/** With the time for draining, less than a shard gets to stop (lib/assets/README.md). */
const CLI_MS = 60_000
const PUBLISH_MS = 60_000

export interface ShardOutletOptions {
  readonly shard: string
  /** METRIC_NAMESPACE, EVIDENCE_URI: where there is none, nothing is published or stored. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly progress: (line: string) => void
  /** @default the `aws` on the PATH */
  readonly aws?: AwsCli
}

/**
 * What a shard tells its account: once a minute what its devices saw, as the alarms read it (lib/observability-stack.ts),
 * and in the end its whole folder.
 */
export class ShardOutlet {
  readonly #options: ShardOutletOptions
  readonly #aws: AwsCli
  #minute = noSamples(0)
  #publishing: Promise<void> = Promise.resolve()
  #isSilent = false

  constructor(options: ShardOutletOptions) {
    this.#options = options
    this.#aws = options.aws ?? awsCli(CLI_MS)
  }

  add({ t, acked, dropped, unknown, latency }: FleetSample): void {
    const minute = this.#minute
    minute.acked += acked
    minute.dropped += dropped
    minute.unknown += unknown
    if (latency.n > 0) minute.p99Ms = Math.max(minute.p99Ms ?? 0, latency.p99)
    if (t - minute.since < PUBLISH_MS) return
    this.#minute = noSamples(t)
    this.#publish(minute)
  }

  /** Publishes the rest. @throws AftershockError `unavailable` when the folder could not be stored. */
  async close(dir: string): Promise<void> {
    this.#publish(this.#minute)
    await this.#publishing
    const { EVIDENCE_URI: uri } = this.#options.env
    if (!uri) return
    const target = await storeOnce(dir, uri, { aws: this.#aws })
    this.#options.progress(`stored in ${target}`)
  }

  /** One after the other; a minute that cannot be published is a hole, which the alarms take for silence. */
  #publish({ acked, dropped, unknown, p99Ms }: Minute): void {
    const { env, shard, progress } = this.#options
    const namespace = env.METRIC_NAMESPACE
    if (!namespace) return
    const metric = (name: string, unit: string, value: number) => ({
      MetricName: name,
      Dimensions: [{ Name: 'Shard', Value: shard }],
      Unit: unit,
      Value: value,
    })
    const data = [
      metric('AckedRecords', 'Count', acked),
      metric('EdgeDroppedRecords', 'Count', dropped),
      metric('UnknownSends', 'Count', unknown),
      ...(p99Ms === null ? [] : [metric('ProduceLatencyP99', 'Milliseconds', p99Ms)]),
    ]
    const args = ['--namespace', namespace, '--metric-data', JSON.stringify(data)]
    this.#publishing = this.#publishing.then(async () => {
      try {
        await this.#aws(['cloudwatch', 'put-metric-data', ...args])
        this.#isSilent = false
      } catch (error) {
        if (!this.#isSilent) progress(`metrics are not published: ${messageOf(error)}`)
        this.#isSilent = true
      }
    })
  }
}

interface Minute {
  readonly since: number
  acked: number
  dropped: number
  unknown: number
  /** The worst second's; null while nothing was acknowledged. */
  p99Ms: number | null
}

function noSamples(since: number): Minute {
  return { since, acked: 0, dropped: 0, unknown: 0, p99Ms: null }
}
