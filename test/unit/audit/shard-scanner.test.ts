import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { describe, it } from 'mocha'
import { Catalog } from '../../../chaos/audit/catalog.ts'
import type { Line } from '../../../chaos/audit/line-reader.ts'
import { ShardScanner } from '../../../chaos/audit/shard-scanner.ts'
import { historyLine } from '../../../chaos/record/history.ts'

/** A line of every kind, as it is written today. */
const LINES: readonly object[] = [
  { kind: 'header', format: 2, process: 'gw-az-a-1', role: 'gateway', zone: 'az-a' },
  { kind: 'invoke', op: 7, t: 12, parts: [['telemetry', 3, 11.5, ['d1/1/0', 'd2/1/4']]] },
  { kind: 'ok', op: 7, t: 20, offsets: [41, null] },
  { kind: 'fail', op: 8, t: 21, error: 'refused' },
  { kind: 'info', op: 9, t: 22, error: 'timed out' },
  {
    kind: 'settled',
    op: 10,
    t: 23,
    parts: [
      ['acked', 4],
      ['refused', 'too large'],
    ],
  },
  { kind: 'drop', t: 24, topic: 'telemetry', records: ['d1/1/1'] },
  { kind: 'faulty', t: 24, topic: 'telemetry', what: 'restart', records: ['d1/1/0'] },
  { kind: 'repair', t: 24, topic: 'telemetry', records: ['d1/1/0'], of: [[0, 3]] },
  { kind: 'repeat', t: 25, topic: 'telemetry', records: ['d1/1/0'] },
  {
    kind: 'poll',
    t: 26,
    runs: [
      ['telemetry', 3, 41, ['d1/1/0']],
      ['operations', 0, 0, []],
    ],
  },
  { kind: 'assign', t: 27, partitions: [['telemetry', 3]] },
  { kind: 'commit', t: 28, group: 'recovery', offsets: [['telemetry', 3, 42]] },
  { kind: 'committed', t: 29, group: 'recovery', offsets: [['telemetry', 3, null]] },
  { kind: 'bounds', t: 30, partitions: [['telemetry', 3, 0, 42]] },
  { kind: 'starts', t: 31, partitions: [['telemetry', 3, 0]] },
  { kind: 'ages', t: 32, wallMs: 1, partitions: [] },
  { kind: 'end', t: 33, lines: 17, sha256: 'a'.repeat(64) },
]
const SCANNED = new Set(['invoke', 'ok', 'poll'])

function scan(text: string) {
  const catalog = new Catalog()
  const bytes = Buffer.from(text)
  const line: Line = { bytes, from: 0, to: bytes.length, number: 1, isOpen: false }
  const found = new ShardScanner(catalog).scan(line)
  return found && { found, catalog }
}

/** What the scanner found, in the words of the schema; `due` is not kept. */
function restated(text: string): unknown {
  const scanned = scan(text)
  if (scanned === null) return null
  const { found, catalog } = scanned
  if (found.kind === 'ok') return found
  const { batches, ...rest } = found
  const parts = batches.map(({ partition, handles, base }) => [
    catalog.partitions[partition]?.name,
    base,
    handles.map(handle => catalog.values.valueOf(handle)),
  ])
  return { ...rest, parts }
}

function expected(line: ReturnType<typeof historyLine.parse>): unknown {
  if (line.kind === 'invoke')
    return {
      kind: 'invoke',
      op: line.op,
      t: line.t,
      parts: line.parts.map(([topic, partition, , ids]) => [`${topic}/${partition}`, null, ids]),
    }
  if (line.kind === 'poll')
    return {
      kind: 'poll',
      t: line.t,
      parts: line.runs.map(([topic, partition, first, ids]) => [`${topic}/${partition}`, first, ids]),
    }
  return line
}

describe('the scanner of shards', () => {
  it('has a line here of every kind that the schema has', () => {
    const kinds = historyLine.options.flatMap(({ shape: { kind } }): string[] =>
      'options' in kind ? kind.options : [kind.value],
    )
    assert.deepEqual(LINES.map(line => historyLine.parse(line).kind).toSorted(), kinds.toSorted())
  })

  it('reads the lines that are many as the schema does, and leaves all others to it', () => {
    for (const value of LINES) {
      const line = historyLine.parse(value)
      const found = restated(JSON.stringify(value))
      assert.deepEqual(found, SCANNED.has(line.kind) ? expected(line) : null, line.kind)
    }
  })

  it('leaves to the schema what the schema refuses', () => {
    for (const value of LINES.filter(line => SCANNED.has(historyLine.parse(line).kind)))
      for (const spoilt of spoiltFormsOf(value)) {
        assert.equal(historyLine.safeParse(spoilt).success, false, JSON.stringify(spoilt))
        assert.equal(scan(JSON.stringify(spoilt)), null, JSON.stringify(spoilt))
      }
  })
})

/** Without each of its keys, with one more, and with each number turned into a text. */
function spoiltFormsOf(value: object): object[] {
  const keys = Object.entries(value)
  return [
    ...keys.map((_, i) => Object.fromEntries(keys.filter((__, j) => i !== j))),
    { ...value, extra: 1 },
    ...keys
      .filter(([, one]) => typeof one === 'number')
      .map(([key, one]) => ({ ...value, [key]: String(one) })),
  ]
}
