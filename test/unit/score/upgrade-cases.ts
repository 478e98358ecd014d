import type { JournalLine } from '../../../chaos/record/journal-events.ts'
import type { Outage } from '../../../chaos/record/measured.ts'
import type { Evidence } from '../../../chaos/score/evidence.ts'
import type { RunTimeline } from '../../../chaos/score/timeline.ts'
import { measureUpgrade } from '../../../chaos/score/upgrade.ts'
import { evidenceOf } from './evidence-of.ts'

/** A run there and back in which each part can be made wrong by itself. Times in ms of the run. */
export interface PlantedUpgrade {
  /** Sent at the first time and acknowledged at the second; null: nobody told the device. */
  readonly records?: Readonly<Record<string, readonly [sentAt: number, ackedAt: number | null]>>
  /** In the order in which they are stored. @default each record once */
  readonly stored?: readonly string[]
  readonly outages?: readonly Outage[]
  /** The step at which the way back stopped. */
  readonly failedAt?: string
  /** Brokers that no step shows with their release. */
  readonly unseen?: readonly number[]
  readonly isTorn?: boolean
  /** How the way back ended; null: the journal does not say. */
  readonly end?: boolean | null
}

type Step = Extract<JournalLine, { kind: 'release.step' }>
const TOPIC = 'telemetry'
/** The way back begins at 100 s. Each broker takes 10 s, and 1 s passes until the next one is begun. */
const BACK = 100_000

export function measured(planted: PlantedUpgrade = {}) {
  const {
    records = { 'd1/1/1': [5000, 5100], 'd1/1/2': [13_000, 13_100], 'd1/1/3': [115_000, 115_100] },
    stored = Object.keys(records),
    outages = [],
    failedAt,
    unseen = [],
    isTorn = false,
    end = failedAt === undefined,
  } = planted
  const way = (id: string, from: number, to: string): Step[] => [
    stepOf({ id, step: id === 'up' ? 'checked' : 'features', to, from, tookMs: 500 }),
    ...[1, 3, 2].map((node, index) =>
      stepOf({
        id,
        step: `broker ${node}`,
        to,
        node,
        from: from + 1000 + index * 11_000,
        tookMs: 10_000,
        parts: { stopMs: 1000, serveMs: 6000, syncMs: 3000 },
        ...(!unseen.includes(node) && {
          seen: [{ node, release: to, pid: node, supports: 33, finalized: 30, replicas: 12, inSync: 12 }],
        }),
      }),
    ),
  ]
  const taken = [...way('up', 10_000, '4.4.0'), ...way('back', BACK, '4.3.1')]
  const stop = taken.findIndex(({ id, step }) => id === 'back' && step === failedAt)
  const steps =
    stop < 0
      ? taken
      : taken
          .slice(0, stop + 1)
          .map((one, index) => (index === stop ? { ...one, ok: false, proof: 'Kafka answered: no' } : one))
  const events = steps.map((event, index) => ({ event, line: 10 + index }))
  const timeline = {
    faults: [],
    actions: [
      {
        id: 'up',
        kind: 'rolling-upgrade',
        startedAt: 10_000,
        finishedAt: 43_000,
        ok: true,
        result: null,
        line: 5,
      },
      { id: 'back', kind: 'downgrade', startedAt: BACK, finishedAt: 133_000, ok: end, result: null, line: 6 },
    ],
    steady: { fromMs: 0, toMs: 9000 },
    endsAt: 150_000,
    outcome: 'completed',
  } as unknown as RunTimeline
  const journal = { events, broken: null, skipped: [], lines: 30, head: '' } as Evidence['journal']
  const plain = evidenceOf({ journal })
  const software = { name: 'Apache Kafka 4.3.1', version: '4.3.1', kind: 'product' as const, notes: [] }
  const evidence = { ...plain, header: { ...plain.header, software } }
  const sent = new Map(Object.entries(records).map(([id, [at]]) => [`${TOPIC} ${id}`, at]))
  return measureUpgrade(evidence, {
    timeline,
    outages: new Map([
      [`${TOPIC}/0`, outages.filter(({ partition }) => partition === `${TOPIC}/0`)],
      [`${TOPIC}/1`, outages.filter(({ partition }) => partition === `${TOPIC}/1`)],
    ]),
    histories: {
      acked: Object.entries(records).flatMap(([id, [, at]]) =>
        at === null ? [] : [{ region: 'a' as const, topic: TOPIC, partition: 0, id, at }],
      ),
      sent,
      stored: {
        file: 'history/stored.jsonl',
        records: stored.map((id, offset) => ({ topic: TOPIC, partition: 0, offset, id })),
        trouble: isTorn ? 'the final read is not whole' : null,
      },
    },
    to: '4.4.0',
  })
}

function stepOf({
  from,
  tookMs,
  ...step
}: Pick<Step, 'id' | 'step' | 'to' | 'tookMs'> & Partial<Step> & { readonly from: number }): Step {
  const t = from + tookMs
  return { kind: 'release.step', owner: 'machine', ok: true, proof: 'seen', tookMs, t, ...step } as Step
}

/** A partition that nobody in a zone could write. */
export const without = (fromMs: number, toMs: number, partition = `${TOPIC}/0`): Outage => ({
  partition,
  zone: 'az-a',
  fromMs,
  toMs,
  open: false,
})
