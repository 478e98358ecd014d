import type { Drill } from '../core/drill.ts'
import { AftershockError } from '../core/errors.ts'
import { type ReplayConsumer, replayConsumers } from '../core/replay-consumers.ts'
import type { ClientPrincipal } from '../core/security-settings.ts'
import type { ConsumerSample } from '../record/samples.ts'
import type { ReaderOptions } from '../replay/reading.ts'
import type { ReplayPartition, ReplayResult, StartedReplay } from '../replay/replay.ts'
import { type PreparedReplay, prepareReplay, type ReplayTerms } from '../replay/replay-thread.ts'

interface Waiting extends ReplayConsumer {
  readonly prepared: PreparedReplay
  readonly client: string
}

/** The replays of a timeline. Each has a thread that waits for it, so that none is made while devices are timed. */
export class Replays {
  readonly #waiting = new Map<string, Waiting>()
  readonly #reading = new Map<string, Waiting & { readonly started: StartedReplay }>()
  readonly #results = new Map<string, readonly ReplayPartition[]>()
  #graceUntil = Number.NEGATIVE_INFINITY

  constructor(
    { drill }: { readonly drill: Drill },
    place: (process: string, role: ClientPrincipal) => ReaderOptions,
  ) {
    const consumers = replayConsumers(drill.timeline)
    for (const { id, kind, spec } of drill.timeline) {
      const consumer = consumers.get(id)
      if (!consumer) continue
      const { process } = consumer
      const options = place(process, roleOf(kind, spec))
      const client = options.clientId ?? options.groupId
      this.#waiting.set(id, { ...consumer, client, prepared: prepareReplay({ ...options, process }) })
    }
  }

  /** What was read so far, by the action. */
  get results(): ReadonlyMap<string, readonly ReplayPartition[]> {
    return this.#results
  }

  processOf(id: string): string {
    return this.#of(id).process
  }

  clientOf(id: string): string {
    return this.#of(id).client
  }

  #of(id: string): Waiting {
    const one = this.#waiting.get(id) ?? this.#reading.get(id)
    if (one) return one
    throw new AftershockError('internal', `the timeline has no replay ${id} that was not read yet`)
  }

  /** One source for each that reads now. */
  samples(): readonly (() => Omit<ConsumerSample, 't'>)[] {
    return [...this.#reading.values()].flatMap(({ process, started }) => {
      const sample = started.sample()
      return sample ? [() => ({ ...sample, reader: process })] : []
    })
  }

  async read(id: string, terms: ReplayTerms, signal: AbortSignal): Promise<ReplayResult> {
    const own = this.#of(id)
    const other = [...this.#reading].find(([, { name }]) => name === own.name)
    if (other)
      throw new AftershockError('refused', `${own.name} still reads for ${other[0]}`, {
        hint: 'begin it later in the timeline, or give it a consumer of its own',
      })
    this.#waiting.delete(id)
    own.prepared.extendGrace(this.#graceUntil)
    const started = own.prepared.start(signal, terms)
    this.#reading.set(id, { ...own, started })
    try {
      const result = await started.result
      this.#results.set(id, result.partitions)
      return result
    } finally {
      this.#reading.delete(id)
      await own.prepared.close()
    }
  }

  leaveAloneUntil(untilMs: number): void {
    if (untilMs === this.#graceUntil) return
    this.#graceUntil = untilMs
    for (const { prepared } of this.#reading.values()) prepared.extendGrace(untilMs)
  }

  async close(): Promise<void> {
    for (const { prepared } of this.#waiting.values()) await prepared.close()
  }
}

/** Nobody has to approve what is read by whoever may read it anyway. */
function roleOf(kind: string, spec: Readonly<Record<string, unknown>>): ClientPrincipal {
  return kind === 'governed-replay' ? ((spec['principal'] ?? 'replay') as ClientPrincipal) : 'processor'
}
