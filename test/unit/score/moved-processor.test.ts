import assert from 'node:assert/strict'
import type { ProcessorEvidence, SentRecord } from '../../../chaos/record/processor-evidence.ts'
import { auditMovedProcessor } from '../../../chaos/score/moved-processor-audit.ts'
import { auditProcessor } from '../../../chaos/score/processor-audit.ts'
import type { KeptProcessor } from '../../../chaos/score/stored-records.ts'

const [TOPIC, COMMANDS, ANSWERS] = ['telemetry', 'commands', 'answers']
type Given = ProcessorEvidence['given']

interface Planted {
  readonly records: readonly number[]
  readonly commands?: readonly string[]
  readonly answers?: readonly string[]
  /** [offset, id] as devices were given them in that region. */
  readonly given?: readonly (readonly [number, string])[]
  /** Of region b: how many commands had been copied. */
  readonly copied?: number
  readonly twin?: readonly [sequence: number, issued: number, acknowledged: number]
}

const sent = (topic: string, ids: readonly string[]): SentRecord[] =>
  ids.map((id, offset) => [topic, 0, offset, id])

/** One device, one partition; a command is due at each multiple of ten. */
function kept(
  region: 'a' | 'b',
  { records, commands = [], answers = [], given = [], copied, twin }: Planted,
): KeptProcessor {
  const all = [...sent(COMMANDS, commands), ...sent(ANSWERS, answers)]
  const evidence: ProcessorEvidence = {
    file: `${region}.jsonl`,
    header: {
      kind: 'header',
      format: 1,
      topic: TOPIC,
      commands: COMMANDS,
      acknowledgements: ANSWERS,
      every: 10,
      ...(copied !== undefined && { mirrored: [[COMMANDS, 0, copied]] }),
    },
    offsets: {
      kind: 'offsets',
      t: 0,
      partitions: [
        [TOPIC, 0, 0, records.length, records.length],
        [ANSWERS, 0, 0, answers.length, answers.length],
      ],
    },
    committed: all,
    stored: all,
    twins: twin ? [['d1', 1, ...twin]] : [],
    given: given.map(([offset, id]): Given[number] => [region, 0, offset, id]),
    rebuild: [],
    writer: null,
    writes: [],
    trouble: null,
  }
  const stored = records.map((sequence, offset) => ({
    topic: TOPIC,
    partition: 0,
    offset,
    id: `d1/1/${sequence}`,
  }))
  return { evidence, stored: { file: `${region}/stored.jsonl`, records: stored, trouble: null } }
}

const upTo = (last: number, first = 1): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index)

/** Region a has 25 readings and two commands, all of it copied; the device goes on to 34 in region b. */
const A: Planted = {
  records: upTo(25),
  commands: ['d1/1/1', 'd1/1/2'],
  answers: ['d1/1/1', 'd1/1/2'],
  given: [
    [0, 'd1/1/1'],
    [1, 'd1/1/2'],
  ],
}
const B: Planted = {
  records: upTo(34),
  commands: ['d1/1/1', 'd1/1/2', 'd1/1/3'],
  answers: ['d1/1/1', 'd1/1/2', 'd1/1/2', 'd1/1/3'],
  given: [[2, 'd1/1/3']],
  copied: 2,
  twin: [34, 3, 3],
}
const audit = (a: Partial<Planted> = {}, b: Partial<Planted> = {}) =>
  auditMovedProcessor(kept('a', { ...A, ...a }), kept('b', { ...B, ...b }), 10)

describe('a processor that went to region b', () => {
  it('sent each command once, and what was copied is none of its own', () => {
    const found = audit()
    assert.deepEqual(
      [found.given, found.repeated, found.issuedTwice, found.missing, found.unasked, found.unacknowledged],
      [3, 0, 0, 0, 0, 0],
    )
    assert.deepEqual([found.due, found.twins, found.mismatched, found.handedAgain], [3, 1, 0, 0])
  })

  it('sent one again where devices were given it in both regions, and tells which device', () => {
    const found = audit(
      {},
      {
        commands: ['d1/1/1', 'd1/1/2', 'd1/1/2', 'd1/1/3'],
        given: [
          [2, 'd1/1/2'],
          [3, 'd1/1/3'],
        ],
      },
    )
    assert.deepEqual([found.repeated, found.issuedTwice], [1, 1])
    assert.deepEqual(found.examples.repeated, [
      { id: 'd1/1/2', given: 2, cause: { partition: 0, offset: 19 } },
    ])
    assert.deepEqual([...found.again], [['d1', 1]])
  })

  it('gave none twice that no device had read in region a, and says that both logs have it', () => {
    const found = audit(
      { given: [[0, 'd1/1/1']] },
      {
        commands: ['d1/1/1', 'd1/1/2', 'd1/1/3'],
        copied: 1,
        given: [
          [1, 'd1/1/2'],
          [2, 'd1/1/3'],
        ],
      },
    )
    assert.deepEqual([found.repeated, found.issuedTwice], [0, 1])
    assert.deepEqual([...(found.issuedAgain ?? [])], [['d1', 1]])
  })

  it('takes a copy for the command of region a: read from an older offset it is handed again, and not sent', () => {
    const given: Planted['given'] = [
      [1, 'd1/1/2'],
      [2, 'd1/1/3'],
    ]
    const found = audit({}, { given })
    assert.deepEqual([found.repeated, found.handedAgain], [0, 1])
  })

  it('counts a command that a mirror copied twice, or that region a had twice', () => {
    const twice = audit(
      {},
      {
        commands: ['d1/1/1', 'd1/1/1', 'd1/1/2', 'd1/1/3'],
        copied: 3,
        given: [
          [0, 'd1/1/1'],
          [1, 'd1/1/1'],
        ],
      },
    )
    assert.equal(twice.repeated, 1)
    const inA = audit({
      commands: ['d1/1/1', 'd1/1/1', 'd1/1/2'],
      given: [
        [0, 'd1/1/1'],
        [1, 'd1/1/1'],
        [2, 'd1/1/2'],
      ],
    })
    assert.deepEqual([inA.repeated, inA.issuedTwice], [1, 1])
  })

  it('misses a command that neither region has', () => {
    const found = audit({}, { commands: ['d1/1/1', 'd1/1/2'], given: [] })
    assert.deepEqual(
      found.examples.missing.map(({ id }) => id),
      ['d1/1/3'],
    )
  })

  it('asks for what only region a had recorded: its command is not unasked, and is not due again', () => {
    // 20 to 25 were lost on the way; the device goes on with 26.
    const found = audit({}, { records: [...upTo(19), ...upTo(34, 26)] })
    assert.deepEqual([found.unasked, found.missing, found.repeated], [0, 0, 0])
  })

  it('sees a command that no record of either region asks for', () => {
    assert.equal(audit({}, { commands: ['d1/1/1', 'd1/1/2', 'd1/1/3', 'd1/1/9'] }).unasked, 1)
  })

  it('has a twin that is not what region b’s records make of it', () => {
    assert.equal(audit({}, { twin: [30, 3, 3] }).mismatched, 1)
  })

  it('equals the audit of one region where the other is empty', () => {
    const alone = auditProcessor(kept('b', B).evidence, kept('b', B).stored.records, 10)
    const { issuedTwice, issuedAgain, handedAgain, ...both } = auditMovedProcessor(
      kept('a', { records: [] }),
      kept('b', { ...B, copied: 0, given: sent(COMMANDS, B.commands ?? []).map(([, , at, id]) => [at, id]) }),
      10,
    )
    assert.deepEqual(both, alone)
    assert.deepEqual([issuedTwice, issuedAgain?.size, handedAgain], [0, 0, 0])
  })
})
