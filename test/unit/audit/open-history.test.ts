import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import * as fc from 'fast-check'
import { auditHistory, type AuditHistoryOptions } from '../../../chaos/audit/audit-history.ts'
import { auditResultSchema } from '../../../chaos/record/audit-file.ts'
import { contractSchema } from '../../../chaos/core/contract.ts'

/** Audits text that arrives in pieces of the given size. */
function audit(text: string, options: AuditHistoryOptions = {}, pieceBytes = 1 << 20) {
  const bytes = Buffer.from(text)
  const chunks = async function* () {
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
  }
  return auditHistory({ name: 'h.jsonl', chunks }, options)
}

const lines = (...events: unknown[]) => events.map(event => `${JSON.stringify(event)}\n`).join('')
const sent = (process: number, type: string, ...pairs: (readonly [number | null, string | number])[]) => ({
  process,
  type,
  f: 'send',
  value: pairs.map(pair => ['send', 't-0', pair]),
})
const polled = (process: number, ...pairs: (readonly [number, string | number])[]) => ({
  process,
  type: 'ok',
  f: 'poll',
  value: [['poll', { 't-0': pairs }]],
})

describe('auditing an open history', () => {
  it('never passes an empty one', async () => {
    for (const text of ['', '\n\n', '  \n']) {
      const result = await audit(text)
      equal(result.verdict, 'inconclusive')
      deepEqual(result.reasons, ['the history is empty'])
    }
  })

  it('never passes one in which nothing was read', async () => {
    const empty = { process: 1, type: 'ok', f: 'poll', value: [['poll', {}]] }
    const result = await audit(lines(sent(0, 'info', [null, 'd1/1/0']), empty))
    equal(result.verdict, 'inconclusive')
    deepEqual(result.reasons, ['nothing was read'])
  })

  it('never passes one in which nothing was sent', async () => {
    const result = await audit(lines(polled(0, [0, 'd1/1/0'])))
    equal(result.verdict, 'inconclusive')
    equal(result.counts.foreign, 1)
  })

  it('fails on a proven loss even when something else is not known', async () => {
    const history = [sent(0, 'ok', [0, 'd1/1/0']), sent(0, 'ok', [1, 'd1/1/1']), sent(0, 'ok', [2, 'd1/1/2'])]
    const result = await audit(lines(...history, polled(1, [1, 'd1/1/1'])))
    equal(result.verdict, 'fail')
    equal(result.anomalyCounts['lost-write'], 1)
    equal(result.anomalyCounts.unseen, 1)
  })

  it('counts each part of a mixed answer by its own outcome, and what no answer names as unknown', async () => {
    const send = (type: string, ...sends: unknown[]) => ({ process: 0, type, f: 'send', value: sends })
    const part = (key: string, ...ids: string[]) => ids.map(id => ['send', key, id])
    const history = (stored: readonly string[]) => [
      send('invoke', ...part('t-0', 'd1/1/0', 'd1/1/1'), ...part('t-1', 'd2/1/0'), ...part('t-2', 'd3/1/0')),
      send('ok', ['send', 't-0', [0, 'd1/1/0']], ['send', 't-0', [1, 'd1/1/1']]),
      send('fail', ...part('t-1', 'd2/1/0')),
      send('invoke', ...part('t-1', 'd2/1/1')),
      send('ok', ['send', 't-1', [0, 'd2/1/1']]),
      send('invoke', ...part('t-0', 'd1/1/2')),
      send('ok', ['send', 't-0', [2, 'd1/1/2']]),
      polled(1, ...[...stored, 'd1/1/2'].map((id): [number, string] => [Number(id.at(-1)), id])),
      { process: 1, type: 'ok', f: 'poll', value: [['poll', { 't-1': [[0, 'd2/1/1']] }]] },
    ]
    const whole = await audit(lines(...history(['d1/1/0', 'd1/1/1'])))
    const { sends, acked, failed, unknown } = whole.counts
    deepEqual({ sends, acked, failed, unknown }, { sends: 6, acked: 4, failed: 1, unknown: 1 })
    equal(whole.verdict, 'pass')
    const lost = await audit(lines(...history([])))
    equal(lost.verdict, 'fail')
    equal(lost.anomalyCounts['lost-write'], 2)
  })

  it('takes gaps in the offsets for control records', async () => {
    const result = await audit(
      lines(
        sent(0, 'ok', [3, 5]),
        sent(0, 'ok', [900_000_000_000, 6]),
        polled(1, [3, 5], [900_000_000_000, 6]),
      ),
    )
    equal(result.verdict, 'pass')
    deepEqual(
      Object.entries(result.anomalyCounts).filter(([, count]) => count > 0),
      [],
    )
  })

  it('holds what was invoked and never answered for unknown', async () => {
    const invoked = { ...sent(0, 'invoke', [null, 'd1/1/0']), value: [['send', 't-0', 'd1/1/0']] }
    const result = await audit(lines(sent(1, 'ok', [0, 'd2/1/0']), invoked, polled(2, [0, 'd2/1/0'])))
    equal(result.counts.unknown, 1)
    equal(result.counts.unknownNotStored, 1)
    equal(result.verdict, 'pass')
  })

  it('lets an answer without a value stand for what was invoked', async () => {
    const invoked = { ...sent(0, 'invoke'), value: [['send', 't-0', 'd1/1/0']] }
    const failed = { process: 0, type: 'fail', f: 'send', value: null, error: 'refused' }
    const result = await audit(
      lines(invoked, failed, sent(1, 'info', [null, 'd2/1/0']), polled(2, [0, 'd1/1/0'])),
    )
    equal(result.counts.failed, 1)
    equal(result.anomalyCounts.G1a, 1)
  })

  it('tells duplicates by what explains them', async () => {
    const [a, b, c] = ['d1/1/0', 'd2/1/0', 'd3/1/0']
    const result = await audit(
      lines(
        sent(0, 'info', [null, a]),
        sent(0, 'ok', [1, a]),
        sent(1, 'fail', [null, b]),
        sent(1, 'ok', [3, b]),
        sent(2, 'ok', [5, c]),
        polled(3, [0, a], [1, a], [2, b], [3, b], [4, c], [5, c]),
      ),
    )
    const { resentAfterUnknown, resentAfterFail, unexplainedDuplicates, storedTwice } = result.counts
    deepEqual(
      { resentAfterUnknown, resentAfterFail, unexplainedDuplicates, storedTwice },
      {
        resentAfterUnknown: 1,
        resentAfterFail: 1,
        unexplainedDuplicates: 1,
        storedTwice: 3,
      },
    )
    equal(result.verdict, 'pass')
  })

  it('fails on duplicates that uncertainty does not explain, where the contract forbids them', async () => {
    const text = lines(sent(0, 'ok', [0, 'd1/1/0']), polled(1, [0, 'd1/1/0'], [1, 'd1/1/0']))
    const resent = lines(
      sent(0, 'info', [null, 'd1/1/0']),
      sent(0, 'ok', [1, 'd1/1/0']),
      polled(1, [0, 'd1/1/0'], [1, 'd1/1/0']),
    )
    equal((await audit(text, { contract: contract('tolerated') })).verdict, 'pass')
    const result = await audit(text, { contract: contract('forbidden') })
    equal(result.verdict, 'fail')
    equal(result.judged['device-duplicate'], 'fails')
    equal((await audit(resent, { contract: contract('forbidden') })).verdict, 'pass')
  })

  it('reads the same from any layout of the same lines', async () => {
    const events = [
      { index: 0, time: 1.5e18, ...sent(0, 'ok', [0, 'd1/1/0'], [1, 'ä/1/0']) },
      { index: null, time: null, ...polled(1, [0, 'd1/1/0'], [1, 'ä/1/0']) },
      { process: 'nemesis', type: 'info', f: 'kill', value: null },
      { ...polled(2, [1, 'ä/1/0'], [0, 'd1/1/0']), node: 'n1' },
    ]
    const compact = await audit(lines(...events))
    equal(compact.anomalyCounts['int-nonmonotonic-poll'], 1)
    const spaced = events.map(event => JSON.stringify(event, null, 1).replaceAll('\n', ' ')).join('\r\n')
    deepEqual(await audit(spaced), compact)
    const escaped = lines(...events).replaceAll('d1/1/0', String.raw`d1\/1\/0`)
    deepEqual(await audit(escaped), compact)
    for (const pieceBytes of [1, 7, 64]) deepEqual(await audit(lines(...events), {}, pieceBytes), compact)
  })

  it('excuses jumps within an operation during which the partition moved', async () => {
    const all = sent(0, 'ok', [0, 'd1/1/0'], [1, 'd1/1/1'], [2, 'd1/1/2'])
    const jump = polled(1, [0, 'd1/1/0'], [2, 'd1/1/2'])
    const rest = polled(2, [0, 'd1/1/0'], [1, 'd1/1/1'], [2, 'd1/1/2'])
    equal((await audit(lines(all, jump, rest))).anomalyCounts['int-poll-skip'], 1)
    const moved = { ...jump, 'rebalance-log': [{ keys: ['t-0'] }] }
    equal((await audit(lines(all, moved, rest))).anomalyCounts['int-poll-skip'], 0)
  })

  it('finds the one record that is lost among 30,000 partitions of one line', async () => {
    const all = Array.from({ length: 30_000 }, (_, i) => [`t-${i}`, `d${i}/1/`] as const)
    const send = { ...sent(0, 'ok'), value: all.map(([key, id]) => ['send', key, [0, `${id}0`]]) }
    const more = { ...sent(0, 'ok'), value: all.map(([key, id]) => ['send', key, [1, `${id}1`]]) }
    const given = all.map(([key, id], i) => [key, [...(i === 7 ? [] : [[0, `${id}0`]]), [1, `${id}1`]]])
    const poll = { ...polled(1), value: [['poll', Object.fromEntries(given)]] }
    const result = await audit(lines(send, more, poll))
    deepEqual([result.verdict, result.counts.lost, result.counts.stored], ['fail', 1, 59_999])
  })

  it('names the line and the place of what is wrong', async () => {
    const good = lines(polled(1, [0, 'd1/1/0']))
    const wrong: readonly (readonly [string, RegExp])[] = [
      ['{"process":0', /h\.jsonl:2: not JSON/],
      [JSON.stringify({ ...polled(1), value: [['poll', { 't-0': [[-1, 'x']] }]] }), /h\.jsonl:2: value/],
      [JSON.stringify({ ...polled(1), type: 'maybe' }), /h\.jsonl:2: type/],
      [JSON.stringify({ ...polled(1), f: 'sned' }), /h\.jsonl:2: f/],
      ['[]', /h\.jsonl:2: the line/],
      ['\0\0\0', /h\.jsonl:2: not JSON: it is not text/],
      [JSON.stringify(polled(1, [0, 'd\ud800/1/0'])), /h\.jsonl:2: value\[0\].*/],
      [JSON.stringify({ type: 'ok', f: 'poll', value: [] }), /h\.jsonl:2: process/],
    ]
    for (const [line, message] of wrong) await rejects(audit(`${good}${line}\n`), { code: 'input', message })
  })

  it('refuses an answer to what was not sent, of which nobody would know what became', async () => {
    const asked = { ...sent(0, 'invoke'), value: [['send', 't-0', 'd1/1/0']] }
    for (const type of ['ok', 'fail', 'info'])
      await rejects(audit(lines(asked, sent(0, type, [0, 'd1/1/9']), polled(1, [0, 'd1/1/9']))), {
        code: 'input',
        message:
          'h.jsonl:2: answers the send of "d1/1/9" to t-0, but line 1, which it answers, sends no such record',
      })
    const twice = { ...asked, value: [...asked.value, ['send', 't-0', 'd1/1/1']] }
    const apart = [sent(0, 'ok', [1, 'd1/1/1']), sent(0, 'info', [null, 'd1/1/0'])]
    const { counts } = await audit(lines(twice, ...apart, polled(1, [1, 'd1/1/1'])))
    deepEqual([counts.sends, counts.acked, counts.unknown], [2, 1, 1])
  })

  it('reads a text with a byte order mark, and tells damaged texts from each other by refusing them', async () => {
    const history = lines(sent(0, 'ok', [0, 'd1/1/0']), polled(1, [0, 'd1/1/0']))
    deepEqual(await audit(`\ufeff${history}`), await audit(history))
    const damaged = Buffer.from(history.replace('d1', 'd~'), 'latin1')
    damaged[damaged.indexOf('~')] = 0xff
    await rejects(
      auditHistory({
        name: 'h.jsonl',
        chunks: async function* () {
          yield damaged
        },
      }),
      {
        code: 'input',
        message: 'h.jsonl:1: not JSON: it is not text',
      },
    )
  })

  it('writes results that its schema takes', async () => {
    const value = fc.tuple(fc.nat(3), fc.nat(3)).map(([device, sequence]) => `d${device}/1/${sequence}`)
    const pairs = fc.array(fc.tuple(fc.nat(9), value), { minLength: 1, maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(pairs, pairs, async (sends, reads) => {
        const result = await audit(lines(sent(0, 'ok', ...sends), polled(1, ...reads)))
        auditResultSchema.parse(result)
        ok(Object.values(result.anomalies).every(examples => examples.length <= 5))
      }),
      { numRuns: 50 },
    )
  })
})

function contract(duplicates: 'tolerated' | 'forbidden') {
  const topic = {
    dataClass: 'telemetry',
    owner: 'a',
    replayWindow: '4h',
    cleanup: 'delete',
    retention: '1d',
    partitionKey: 'device',
    schemaPolicy: 'none',
    replayApprovers: ['b'],
    incidentContact: 'c',
    duplicates,
    sinkFencing: 'none',
    dataOwner: 'd',
  }
  return contractSchema.parse({ contract: 'test', topics: { t: topic } })
}
