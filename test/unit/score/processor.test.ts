import assert from 'node:assert/strict'
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  PROCESSOR_FILE,
  type ProcessorEvidence,
  readProcessorEvidence,
  type SentRecord,
  type WriterLine,
  writeProcessorEvidence,
} from '../../../chaos/record/processor-evidence.ts'
import type { ProcessorSample } from '../../../chaos/record/samples.ts'
import { auditProcessor } from '../../../chaos/score/processor-audit.ts'
import { behindAfter, coveredMs, restoresOf } from '../../../chaos/score/processor-progress.ts'
import { measureProcessor } from '../../../chaos/score/processor.ts'
import type { StoredRecord } from '../../../chaos/score/stored-records.ts'
import { readTimeline } from '../../../chaos/score/timeline.ts'
import { foldAcknowledgements, foldRecords, parseId } from '../../../chaos/score/twin-fold.ts'
import { evidenceOf, seriesOf } from './evidence-of.ts'

const TOPIC = 'telemetry'
const COMMANDS = 'device-twin-commands'
const ANSWERS = 'device-twin-acknowledgements'
const record = (offset: number, id: string, partition = 0): StoredRecord => ({
  topic: TOPIC,
  partition,
  offset,
  id,
})
/** Of one device: sequences 0 to 24, so that commands 1 and 2 are due when each tenth asks for one. */
const RECORDS = Array.from({ length: 25 }, (_, n) => record(n, `d1/1/${n}`))
const fold = (ids: readonly string[], every = 10) =>
  foldRecords(
    ids.map((id, offset) => ({ id, partition: 0, offset })),
    every,
  )

describe('the fold over stored records', () => {
  it('asks for a command whenever a sequence passes a multiple, and names the record that asks', () => {
    const { twins, due } = foldRecords(RECORDS, 10)
    assert.deepEqual(
      [...due],
      [
        ['d1/1/1', { partition: 0, offset: 10 }],
        ['d1/1/2', { partition: 0, offset: 20 }],
      ],
    )
    assert.deepEqual(twins.get('d1'), { epoch: 1, sequence: 24, issued: 2, acknowledged: 0 })
  })

  it('takes no notice of a record that comes again or late', () => {
    const { due, twins } = fold(['d1/1/9', 'd1/1/10', 'd1/1/10', 'd1/1/9', 'd1/1/8'])
    assert.deepEqual([...due.keys()], ['d1/1/1'])
    assert.equal(twins.get('d1')?.sequence, 10)
  })

  it('asks for the newest command alone where a sequence passes several multiples at once', () => {
    assert.deepEqual([...fold(['d1/1/5', 'd1/1/47']).due.keys()], ['d1/1/4'])
  })

  it('begins again with a new epoch, and knows nothing of an older one', () => {
    const { due, twins } = fold(['d1/1/12', 'd1/2/0', 'd1/1/30', 'd1/2/10'])
    assert.deepEqual([...due.keys()], ['d1/1/1', 'd1/2/1'])
    assert.deepEqual(twins.get('d1'), { epoch: 2, sequence: 10, issued: 1, acknowledged: 0 })
  })

  it('leaves out what is no record of the fleet', () => {
    assert.equal(fold(['?00', 'x1/1/50', 'd1/50']).due.size, 0)
    assert.equal(parseId('d1/-1/5'), null)
  })

  it('takes the newest acknowledgement of the epoch in which a twin is', () => {
    const { twins } = fold(['d1/2/45'])
    const after = foldAcknowledgements(
      twins,
      ['d1/1/9', 'd1/2/3', 'd1/2/2', 'd9/1/1'].map(id => ({ id })),
    )
    assert.equal(after.get('d1')?.acknowledged, 3)
    assert.equal(after.has('d9'), false)
  })
})

const sent = (topic: string, ids: readonly string[]): SentRecord[] =>
  ids.map((id, offset) => [topic, 0, offset, id])

function kept(changes: Partial<ProcessorEvidence> = {}): ProcessorEvidence {
  const given = [...sent(COMMANDS, ['d1/1/1', 'd1/1/2']), ...sent(ANSWERS, ['d1/1/1', 'd1/1/2'])]
  return {
    file: PROCESSOR_FILE,
    header: {
      kind: 'header',
      format: 1,
      topic: TOPIC,
      commands: COMMANDS,
      acknowledgements: ANSWERS,
      every: 10,
    },
    offsets: {
      kind: 'offsets',
      t: 90_000,
      partitions: [
        [TOPIC, 0, 0, 25, 25],
        [ANSWERS, 0, 0, 2, 2],
      ],
    },
    committed: given,
    stored: given,
    twins: [['d1', 1, 24, 2, 2]],
    given: [],
    rebuild: [],
    writer: null,
    writes: [],
    trouble: null,
    ...changes,
  }
}

describe('the audit of a stateful processor', () => {
  const counts = (evidence: ProcessorEvidence, records: readonly StoredRecord[] = RECORDS) => {
    const { repeated, missing, unasked, mismatched, unprocessed, unacknowledged } = auditProcessor(
      evidence,
      records,
      10,
    )
    return { repeated, missing, unasked, mismatched, unprocessed, unacknowledged }
  }
  const NONE = { repeated: 0, missing: 0, unasked: 0, mismatched: 0, unprocessed: 0, unacknowledged: 0 }
  const withCommands = (ids: readonly string[]) =>
    kept({ committed: [...sent(COMMANDS, ids), ...sent(ANSWERS, ['d1/1/1', 'd1/1/2'])] })

  it('finds nothing where each command was given once and each twin is right', () => {
    assert.deepEqual(counts(kept()), NONE)
  })

  it('counts a command that was given again, and says by device how often', () => {
    const evidence = withCommands(['d1/1/1', 'd1/1/2', 'd1/1/2', 'd1/1/2'])
    assert.deepEqual(counts(evidence), { ...NONE, repeated: 2 })
    const { again, examples } = auditProcessor(evidence, RECORDS, 10)
    assert.deepEqual([...again], [['d1', 2]])
    assert.deepEqual(examples.repeated, [{ id: 'd1/1/2', given: 3, cause: { partition: 0, offset: 20 } }])
  })

  it('counts a command that nobody was given, although a repeat makes up for the total', () => {
    assert.deepEqual(counts(withCommands(['d1/1/2', 'd1/1/2'])), { ...NONE, repeated: 1, missing: 1 })
  })

  it('counts a command that no stored record asks for', () => {
    assert.deepEqual(counts(withCommands(['d1/1/1', 'd1/1/2', 'd1/1/3', '?'])), {
      ...NONE,
      unasked: 2,
      unacknowledged: 2,
    })
  })

  it('keeps what a transaction took back apart from what was given', () => {
    const given = kept().committed
    const evidence = kept({ stored: [...given, [COMMANDS, 0, 7, 'd1/1/2']] })
    assert.deepEqual(counts(evidence), NONE)
    assert.equal(auditProcessor(evidence, RECORDS, 10).takenBack, 1)
  })

  it('asks nothing of records that were not processed, and counts them', () => {
    const offsets = { kind: 'offsets', t: 0, partitions: [[TOPIC, 0, 0, 25, 12]] } as const
    const evidence = kept({ offsets, committed: sent(COMMANDS, ['d1/1/1']), twins: [['d1', 1, 11, 1, 0]] })
    assert.deepEqual(counts(evidence), { ...NONE, unprocessed: 13, unacknowledged: 1 })
  })

  it('names a twin that is not what the stored records make of it, one that is missing, and one too many', () => {
    assert.equal(counts(kept({ twins: [['d1', 1, 23, 2, 2]] })).mismatched, 1)
    assert.equal(counts(kept({ twins: [['d1', 1, 24, 1, 2]] })).mismatched, 1)
    assert.equal(counts(kept({ twins: [['d1', 1, 24, 2, 1]] })).mismatched, 1)
    assert.equal(counts(kept({ twins: [] })).mismatched, 1)
    const { examples } = auditProcessor(kept({ twins: [...kept().twins, ['d2', 1, 0, 0, 0]] }), RECORDS, 10)
    assert.deepEqual(examples.mismatched, [
      { device: 'd2', kept: '1/0, command 0, acknowledged 0', folded: null },
    ])
  })
})

describe('how far a processor was behind', () => {
  /** A record a second in each of two partitions; `behind` of the second is not processed. */
  const sample = (t: number, behind = 0): ProcessorSample => ({
    t,
    instances: [],
    members: null,
    committed: { 'telemetry/0': t / 10, 'telemetry/1': t / 10 - behind, 'other/0': 0 },
    ends: { 'telemetry/0': t / 10, 'telemetry/1': t / 10, 'other/0': 9_999_999 },
  })
  const STEADY = { fromMs: 0, toMs: 10_000 }
  const SPAN = { fromMs: 10_000, toMs: 40_000 }
  const run = (of: (t: number) => number, changes: (row: ProcessorSample) => ProcessorSample = row => row) =>
    behindAfter(
      seriesOf(
        'processor',
        1000,
        Array.from({ length: 41 }, (_, s) => changes(sample(s * 1000, of(s * 1000)))),
      ),
      TOPIC,
      STEADY,
      SPAN,
      10_000,
    )

  it('is until the last partition is no further behind than before', () => {
    const { measured, partition } = run(t => (t > 12_000 && t < 25_000 ? 500 : 20))
    assert.deepEqual([measured.value, partition], [15_000, 'telemetry/1'])
  })

  it('ends with the first stretch, and counts a pause that comes long after it in all alone', () => {
    const later = run(t => ((t > 12_000 && t < 15_000) || (t > 30_000 && t < 33_000) ? 500 : 20))
    assert.deepEqual([later.measured.value, later.total.value], [5000, 4000])
    const soon = run(t => ((t > 12_000 && t < 15_000) || (t > 20_000 && t < 23_000) ? 500 : 20))
    assert.deepEqual([soon.measured.value, soon.total.value], [13_000, 4000])
  })

  it('is nothing where nobody fell behind, and not less than the window where one stayed so', () => {
    assert.equal(run(() => 20).measured.value, 0)
    const { measured } = run(t => (t > 12_000 ? 500 : 0))
    assert.deepEqual([measured.value, measured.atLeast], [null, 30_000])
  })

  it('is not known with a hole in the samples, or without any of before', () => {
    const silent = run(
      () => 0,
      row => (row.t > 15_000 && row.t < 27_000 ? { ...row, committed: null } : row),
    )
    assert.match(silent.measured.why ?? '', /has a hole before line/)
    const { measured } = behindAfter(
      seriesOf('processor', 1000, [sample(11_000)]),
      TOPIC,
      STEADY,
      SPAN,
      10_000,
    )
    assert.match(measured.why ?? '', /too little of before/)
    assert.match(
      behindAfter(seriesOf('processor', 1000, []), TOPIC, null, SPAN, 10_000).measured.why ?? '',
      /before/,
    )
  })
})

describe('how state was restored', () => {
  it('pairs the beginning and the end of each, and knows those that were broken off', () => {
    const restores = restoresOf(
      [
        [31, 5000, 'RUNNING', null, null],
        [32, 11_000, 'restore-start', 0, null],
        [32, 11_500, 'restore-start', 1, null],
        [32, 12_000, 'restore-end', 0, 40],
        [32, 12_500, 'restore-suspended', 1, 7],
        [31, 20_000, 'restore-start', 2, null],
      ],
      1000,
    )
    assert.deepEqual(
      restores.map(({ node, partition, fromMs, toMs, records }) => [node, partition, fromMs, toMs, records]),
      [
        [32, 0, 10_000, 11_000, 40],
        [32, 1, 10_500, null, 7],
        [31, 2, 19_000, null, 0],
      ],
    )
  })

  it('counts the time in which several went on once', () => {
    const restore = (fromMs: number, toMs: number | null) => ({
      node: 1,
      partition: 0,
      fromMs,
      toMs,
      records: 1,
    })
    assert.equal(coveredMs([restore(0, 10), restore(5, 20), restore(30, 40), restore(50, null)]), 30)
  })
})

describe('the evidence of a processor', () => {
  let dir = ''
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'aftershock-processor-'))
    mkdirSync(join(dir, 'processor'))
  })
  afterEach(() => rmSync(dir, { recursive: true }))

  const write = () => {
    const { header, offsets, committed, stored, twins } = kept()
    assert.ok(header && offsets)
    writeProcessorEvidence(dir, [
      header,
      offsets,
      { kind: 'sent', isolation: 'read_committed', records: committed },
      { kind: 'sent', isolation: 'read_uncommitted', records: stored },
      { kind: 'twins', node: 31, twins },
      { kind: 'rebuild', events: [] },
    ])
  }

  it('is read back as it was written', async () => {
    write()
    assert.deepEqual(await readProcessorEvidence(dir), kept())
  })

  it('is none when it is missing, cut short, changed, or has a line too many', async () => {
    const path = join(dir, PROCESSOR_FILE)
    assert.equal((await readProcessorEvidence(dir)).trouble, 'the file is missing')
    write()
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, text.replace('"d1/1/2"', '"d1/1/3"'))
    assert.equal((await readProcessorEvidence(dir)).trouble, 'its digest is not that of its lines')
    writeFileSync(path, text.split('\n').slice(0, -2).join('\n'))
    assert.match((await readProcessorEvidence(dir)).trouble ?? '', /cut short|no end line/)
    writeFileSync(path, text)
    appendFileSync(path, '{"kind":"wish"}\n')
    assert.match((await readProcessorEvidence(dir)).trouble ?? '', /none of a processor’s evidence/)
  })
})

describe('the measurement of a processor', () => {
  const spec = { zones: ['az-a'], topic: TOPIC, guarantee: 'exactly_once_v2', standbys: 1, every: 10 }
  const measure = (evidence: ProcessorEvidence, records = RECORDS, trouble: string | null = null) => {
    const stored = { file: 'history/stored.jsonl', records, trouble }
    const whole = evidenceOf({ processor: { evidence, stored } })
    const timeline = readTimeline([], { ...whole.header.drill, timeline: [] })
    return measureProcessor(whole, spec, timeline)
  }

  it('has every count with its proof where all of it is there', () => {
    const { due, given, repeated, missing, mismatched } = measure(kept())
    assert.deepEqual(
      [due, given, repeated, missing, mismatched].map(({ value }) => value),
      [2, 2, 0, 0, 0],
    )
    assert.equal(repeated.from[0]?.file, PROCESSOR_FILE)
  })

  it('judges the commands of a program that does not tell its twins, and leaves the twins open', () => {
    const header = { ...kept().header, untold: true } as ProcessorEvidence['header']
    const { repeated, missing, mismatched, twins, examples } = measure(kept({ header, twins: [] }))
    assert.deepEqual([repeated.value, missing.value], [0, 0])
    assert.deepEqual([mismatched.value, twins.value], [null, null])
    assert.match(mismatched.why ?? '', /does not tell its twins/)
    assert.deepEqual(examples.mismatched, [])
  })

  it('knows what writers did only where that was kept, with the fencing of the drill', () => {
    const line: WriterLine = {
      kind: 'writer',
      fencing: 'epoch',
      partitions: [[TOPIC, 0, 0, 25, 0]],
      claims: [[1, 0, 1, 31]],
      refusals: [],
    }
    const of = (writer: WriterLine | null, fencing = 'epoch') => {
      const stored = { file: 'history/stored.jsonl', records: RECORDS, trouble: null }
      const whole = evidenceOf({ processor: { evidence: kept({ writer }), stored } })
      const timeline = readTimeline([], { ...whole.header.drill, timeline: [] })
      return measureProcessor(whole, { ...spec, writer: { fencing } }, timeline).writer
    }
    assert.deepEqual([of(line)?.late.value, of(line)?.uncommitted.value], [0, 25])
    for (const unknown of [of(null), of(line, 'none'), of({ ...line, claims: [] })]) {
      assert.equal(unknown?.late.value, null)
      assert.ok(unknown?.late.why)
    }
    assert.equal(measure(kept()).writer, undefined)
  })

  it('knows nothing where its file, the final read or the log is not whole', () => {
    const broken = [
      measure(kept({ trouble: 'its digest is not that of its lines' })),
      measure(kept(), RECORDS, 'the final read is not whole'),
      measure(kept(), RECORDS.slice(0, 20)),
      measure(kept({ offsets: { kind: 'offsets', t: 0, partitions: [[TOPIC, 0, 3, 25, 25]] } })),
      measure(kept({ offsets: null })),
    ]
    for (const { repeated, missing, mismatched } of broken) {
      assert.deepEqual([repeated.value, missing.value, mismatched.value], [null, null, null])
      assert.ok(repeated.why)
    }
  })
})
