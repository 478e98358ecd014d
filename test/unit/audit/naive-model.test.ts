import { deepEqual } from 'node:assert/strict'
import * as fc from 'fast-check'
import { auditHistory } from '../../../chaos/audit/audit-history.ts'
import { ANOMALIES, type Anomaly } from '../../../chaos/record/audit-file.ts'
import { groupReadAnomalies } from './naive-group-reads.ts'
import { naiveAudit, type NaiveEvent, type Step, type Value } from './naive-auditor.ts'

const KEYS = ['t-0', 't-1']
/** So few of everything that they meet all the time. */
const key = fc.constantFrom(...KEYS)
const process = fc.nat(2)
const offset = fc.nat(6)
const value: fc.Arbitrary<Value> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constantFrom('d1/1', 'd2/1'), fc.nat(4)).map(([d, s]) => `${d}/${s}`) },
  { weight: 1, arbitrary: fc.constantFrom<Value>('plain', 'd1/x/3', 'd1/1/03', 7) },
)
const type = fc.constantFrom('ok', 'ok', 'ok', 'fail', 'info')

const sendStep = fc
  .record({ key, offset: fc.option(offset, { freq: 3 }), value })
  .map((send): Step => ({ send }))
const pollStep = fc.array(fc.record({ key, offset, value }), { maxLength: 4 }).map((poll): Step => ({ poll }))
const anything: fc.Arbitrary<NaiveEvent> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      f: fc.constant('op' as const),
      process,
      type,
      steps: fc.array(fc.oneof(sendStep, pollStep), { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      f: fc.constantFrom('assign' as const, 'subscribe' as const),
      process,
      keys: fc.subarray(KEYS),
    }),
  },
  { weight: 1, arbitrary: fc.record({ f: fc.constant('commit' as const), process, key, offset }) },
  { weight: 1, arbitrary: fc.record({ f: fc.constant('crash' as const), process }) },
)

/**
 * A log that behaves: sends go to the end of a key, polls follow. Then some things go wrong: an
 * outcome is unknown, a record vanishes, stands twice or at another's place, a consumer jumps.
 */
const fault = fc.constantFrom(
  'none',
  'none',
  'none',
  'lost',
  'twice',
  'info',
  'fail',
  'moved',
  'jump',
  'back',
)
const believable: fc.Arbitrary<NaiveEvent[]> = fc
  .array(
    fc.record({ key, device: fc.nat(1), fault, reader: fc.nat(1), size: fc.integer({ min: 1, max: 3 }) }),
    {
      minLength: 2,
      maxLength: 14,
    },
  )
  .map(moves => moves.flatMap(believableMoves(new Map(), new Map(), new Map())))

type Record_ = { readonly offset: number; readonly value: string }
interface Move {
  readonly key: string
  readonly device: number
  readonly fault: string
  readonly reader: number
  readonly size: number
}

function believableMoves(
  logs: Map<string, Record_[]>,
  sequences: Map<string, number>,
  places: Map<string, number>,
): (move: Move) => NaiveEvent[] {
  return move => {
    const log = logs.get(move.key) ?? []
    logs.set(move.key, log)
    const stream = `${move.key} ${move.device}`
    const sent = Array.from({ length: move.size }, (_, i): Record_ => {
      const sequence = (sequences.get(stream) ?? 0) + i
      return { offset: log.length + i, value: `d${move.device}/1/${sequence}` }
    })
    sequences.set(stream, (sequences.get(stream) ?? 0) + move.size)
    const outcome = move.fault === 'info' || move.fault === 'fail' ? move.fault : 'ok'
    const steps = sent.map(
      ({ offset: at, value: of }): Step => ({
        send: { key: move.key, offset: outcome === 'ok' ? at : null, value: of },
      }),
    )
    const stored = move.fault === 'lost' ? sent.slice(1) : move.fault === 'moved' ? sent.toReversed() : sent
    log.push(...stored.map((record, i) => ({ ...record, offset: log.length + i })))
    if (move.fault === 'twice') log.push({ offset: log.length, value: sent[0]?.value as string })
    const place = `${move.reader} ${move.key}`
    const from = Math.max(0, (places.get(place) ?? 0) + ({ jump: 1, back: -1 }[move.fault] ?? 0))
    const poll = log.slice(from, from + 5).map(record => ({ key: move.key, ...record }))
    places.set(place, from + poll.length)
    return [
      { f: 'op', process: move.device, type: outcome, steps },
      { f: 'op', process: 10 + move.reader, type: 'ok', steps: [{ poll }] },
    ]
  }
}

function textOf(events: readonly NaiveEvent[]): string {
  return events
    .map(event =>
      lines(event)
        .map(line => `${JSON.stringify(line)}\n`)
        .join(''),
    )
    .join('')
}

function lines(event: NaiveEvent): unknown[] {
  const { process: who } = event
  if (event.f === 'crash') return [{ process: who, type: 'info', f: 'crash' }]
  if (event.f === 'commit')
    return [{ process: who, type: 'ok', f: 'commit', value: [[event.key, event.offset]] }]
  if (event.f !== 'op') return [{ process: who, type: 'ok', f: event.f, value: event.keys }]
  const invoked = event.steps.map(step =>
    'send' in step ? ['send', step.send.key, step.send.value] : ['poll'],
  )
  return [
    { process: who, type: 'invoke', f: 'txn', value: invoked },
    { process: who, type: event.type, f: 'txn', value: event.steps.map(stepOf) },
  ]
}

function stepOf(step: Step): unknown {
  if ('send' in step) return ['send', step.send.key, [step.send.offset, step.send.value]]
  const given: Record<string, [number, Value][]> = {}
  for (const { key: of, offset: at, value: what } of step.poll) (given[of] ??= []).push([at, what])
  return ['poll', given]
}

function auditInPieces(events: readonly NaiveEvent[], pieceBytes: number) {
  const bytes = Buffer.from(textOf(events))
  const chunks = async function* () {
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
  }
  return auditHistory({ name: 'random.jsonl', chunks })
}

/** A whole piece is read again when it has anything of interest, so one piece is read as a whole. */
async function sameInPieces(events: readonly NaiveEvent[]): Promise<void> {
  deepEqual(await auditInPieces(events, 100), await auditInPieces(events, 1 << 20))
}

async function sameAsNaive(events: readonly NaiveEvent[]): Promise<void> {
  const result = await auditInPieces(events, 1 << 20)
  const naive = { ...naiveAudit(events), ...groupReadAnomalies(events) }
  const numbers = (of: Partial<Record<Anomaly, number>>) =>
    ANOMALIES.map(anomaly => [anomaly, of[anomaly] ?? 0])
  deepEqual(numbers(result.anomalyCounts), numbers(naive))
}

describe('the auditor against a naive model', () => {
  it('finds the same in histories in which anything happens', async function () {
    this.timeout(60_000)
    await fc.assert(fc.asyncProperty(fc.array(anything, { maxLength: 10 }), sameAsNaive), { numRuns: 600 })
  })

  it('shows the same evidence when it passes over what holds none', async function () {
    this.timeout(60_000)
    await fc.assert(fc.asyncProperty(fc.array(anything, { maxLength: 12 }), sameInPieces), { numRuns: 300 })
  })

  it('finds the same in believable histories in which a few things go wrong', async function () {
    this.timeout(60_000)
    await fc.assert(fc.asyncProperty(believable, sameAsNaive), { numRuns: 400 })
  })
})
