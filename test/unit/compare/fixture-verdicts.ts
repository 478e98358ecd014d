import type { ComparedPlatform, Comparison, Spread, VerdictCell } from '../../../chaos/compare/comparison.ts'

export const tell = (run: number, value: number) => ({ run, value, why: null })
export const startedAt = (index: number) => new Date(1_795_454_000_000 + index * 330_000).toISOString()
export type Near = (value: number) => Spread

export function platforms(): ComparedPlatform[] {
  const runs = (
    platform: string,
    places: readonly number[],
    verdicts: readonly ('pass' | 'inconclusive')[],
  ) =>
    places.map((place, index) => ({
      number: index + 1,
      dir: `${platform}/${index + 1}`,
      run: `20261123-1700${place}0-compare-${platform}-${index + 1}`,
      verdict: verdicts[index] ?? 'pass',
      why: null,
      startedAt: startedAt(place),
      load1: 0.4 + place / 4,
      machineLoad: { medianBusy: 0.5 + place / 40, saturated: 0.01, seconds: 145 },
      bundleSha256: `${place}c`.repeat(32),
      seal: { state: 'verified' as const, keyid: null },
    }))
  return [
    {
      platform: 'kafka',
      name: 'Apache Kafka',
      status: 'run',
      reason: null,
      hint: null,
      software: { name: 'Apache Kafka 4.3.1', kind: 'product', notes: [] },
      versions: { kafka: '4.3.1' },
      verdict: 'pass',
      runs: runs('kafka', [0, 3, 4], ['pass', 'pass', 'pass']),
    },
    {
      platform: 'kafka-tiered',
      name: 'Kafka with tiered storage',
      status: 'run',
      reason: null,
      hint: null,
      software: {
        name: 'Apache Kafka 4.3.1, remote log in the lab’s reference store',
        kind: 'reference',
        notes: ['The remote log manager is the lab’s own reference, not a product.'],
      },
      versions: { kafka: '4.3.1', versitygw: '1.8.0' },
      verdict: 'inconclusive',
      runs: runs('kafka-tiered', [1, 2, 5], ['pass', 'inconclusive', 'pass']),
    },
    {
      platform: 'automq',
      name: 'AutoMQ',
      status: 'not-run',
      reason: 'no AutoMQ distribution is on this machine',
      hint: 'aftershock compare … --automq-dist automq-1.6.5.tgz',
      software: null,
      versions: {},
      verdict: null,
      runs: [],
    },
  ]
}

export function verdictRows(): Comparison['verdicts'] {
  type Cell = VerdictCell
  const cell = (verdict: Cell['verdict'], passed = 3, why: string | null = null): Cell => ({
    verdict,
    passed,
    runs: 3,
    perRun: [1, 2, 3].map(run => ({
      run,
      verdict: verdict === 'pass' || run !== 2 ? (verdict === 'not-exercised' ? verdict : 'pass') : verdict,
    })),
    why,
  })
  const row = (dimension: string, title: string, failure: string, kafka: Cell, tiered: Cell) => ({
    dimension,
    title,
    failure,
    residualRisk: 'One run shows one recovery; repeat the drill, and with more load.',
    perPlatform: { kafka, 'kafka-tiered': tiered },
  })
  const pass = cell('pass')
  return [
    row('second-outage', 'No second outage', 'What follows a fault takes the service down anew.', pass, pass),
    row('broker-loss', 'Loss of a broker', 'broker-kill: broker 3 (az-c)', pass, pass),
    row('broker-replacement', 'Replacement of a broker', 'broker-replace: broker 2 (az-b)', pass, pass),
    row('zone-loss', 'Loss of a zone', 'zone-cut: az-c', pass, pass),
    row(
      'oldest-offset-replay',
      'Replay from the oldest offset',
      'A consumer reads the whole history while devices keep sending.',
      pass,
      cell('inconclusive', 2, 'replay-margin-records: 2 runs tell; at least 3 are needed'),
    ),
    row('durability', 'Durability', 'Brokers acknowledge records and lose them.', pass, pass),
    row(
      'connector-restart',
      'Restart of connectors',
      'A connector dies between writing to its sink and committing its offset.',
      cell('not-exercised', 0),
      cell('not-exercised', 0),
    ),
    row('fault-proof', 'The faults were real', 'An injection has no effect.', pass, pass),
  ]
}

export function gate(
  dimension: string,
  name: string,
  subject: string | null,
  expected: string,
  unit: string,
  [kafka, tiered]: readonly [Spread, Spread],
): Comparison['gates'][number] {
  const cell = ({ median, low, high, confidence, values, why }: Spread) => ({
    verdict: values.some(({ value }) => value === null) ? ('inconclusive' as const) : ('pass' as const),
    median,
    low,
    high,
    confidence,
    values: values.map(({ value }) => value),
    verdicts: values.map(({ value }) => (value === null ? ('inconclusive' as const) : ('pass' as const))),
    why,
  })
  return {
    dimension,
    gate: name,
    subject,
    outsideOf: null,
    what: name.replaceAll('-', ' '),
    expected,
    unit,
    rule: unit === 'records' ? 'every-run' : 'median',
    perPlatform: { kafka: cell(kafka), 'kafka-tiered': cell(tiered) },
  }
}
