import { deepEqual, equal, match } from 'node:assert/strict'
import { auditRun } from '../../../chaos/audit/audit-run.ts'
import type { FaultyWhat } from '../../../chaos/record/history.ts'
import { type Body, send, stored, withRun } from './run-folder.ts'

const ids = (device: number, from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => `d${device}/1/${from + i}`)
const faulty = (what: FaultyWhat, records: readonly string[]): Body => ({
  kind: 'faulty',
  t: 90,
  topic: 'telemetry',
  what,
  records: [...records],
})
const GARBAGE = [`?${'a'.repeat(64)}`, `?${'b'.repeat(64)}`]
const forbidden = { telemetry: { duplicates: 'forbidden', cleanup: 'delete', replayWindow: 14_400_000 } }

/** A gateway that writes each part in turn; `log` is what all of it makes. */
function writer() {
  const log: string[] = []
  const gateway: Body[] = []
  const write = (records: readonly string[]) => {
    gateway.push(...send(records, log.length))
    log.push(...records)
  }
  return { log, gateway, write, tell: (body: Body) => gateway.push(body) }
}

/** d1 is healthy; d2 counts from 0 again after 20 records, and gets as far as 10. */
function restarted(isTold: boolean) {
  const run = writer()
  run.write([...ids(1, 0, 20), ...ids(2, 0, 20)])
  if (isTold) run.tell(faulty('restart', ids(2, 0, 10)))
  run.write([...ids(2, 0, 10), ...ids(1, 20, 30)])
  return run
}

describe('auditing a device whose sequence restarted within its epoch', () => {
  it('names it, counts its ids, and blames neither it nor others for repeats', async () => {
    const { log, gateway } = restarted(true)
    const run = { gateway, stored: stored(0, 60, [[0, log]]), contract: forbidden }
    const { verdict, counts, anomalies, anomalyCounts } = await withRun(run, auditRun)
    equal(verdict, 'pass')
    deepEqual(
      [counts.sequenceRestarted, counts.storedTwice, counts.repeatedByFirmware, counts.lost],
      [10, 0, 0, 0],
    )
    deepEqual([anomalyCounts['device-duplicate'], anomalyCounts['device-reorder']], [0, 0])
    equal(anomalyCounts['sequence-restarted'], 1)
    match(
      anomalies['sequence-restarted']?.[0]?.what ?? '',
      /^sequence restarted: d2\/1 gave 10 ids from 0 to 9 to other/,
    )
  })

  it('takes the same for repeats where nobody said it', async () => {
    const { log, gateway } = restarted(false)
    const run = { gateway, stored: stored(0, 60, [[0, log]]), contract: forbidden }
    const { verdict, counts } = await withRun(run, auditRun)
    deepEqual([verdict, counts.storedTwice, counts.sequenceRestarted], ['fail', 10, 0])
  })

  for (const [which, gone] of [
    ['first', 25],
    ['second', 45],
  ] as const)
    it(`finds what is lost although the ${which} of two records with its id is stored`, async () => {
      const { log, gateway } = restarted(true)
      const stretches = [
        [0, log.slice(0, gone)],
        [gone + 1, log.slice(gone + 1)],
      ] as const
      const { verdict, counts } = await withRun({ gateway, stored: stored(0, 60, stretches) }, auditRun)
      deepEqual([verdict, counts.lost], ['fail', 1])
    })

  it('takes nothing for lost that retention has removed', async () => {
    const { log, gateway } = restarted(true)
    const contract = { telemetry: { duplicates: 'tolerated', cleanup: 'delete', replayWindow: 1 } }
    const run = { gateway, stored: stored(22, 60, [[22, log.slice(22)]], 9000), contract }
    const { counts } = await withRun(run, auditRun)
    equal(counts.lost, 0)
  })

  it('does not judge its order, which cannot be told, and judges that of others', async () => {
    const { log, gateway } = restarted(true)
    const swapped = [...log.slice(0, 58), ...log.slice(58).toReversed()]
    const sends = [...gateway.slice(0, -2), ...send(swapped.slice(40), 40)]
    const run = { gateway: sends, stored: stored(0, 60, [[0, swapped]]) }
    const { anomalies, counts } = await withRun(run, auditRun)
    equal(counts.orderNotJudged, 20)
    deepEqual(
      anomalies['device-reorder']?.flatMap(({ values }) => values),
      ['d1/1/28'],
    )
  })
})

describe('auditing what wrong firmware published twice', () => {
  const repeated = (isTold: boolean, more: readonly string[] = []) => {
    const run = writer()
    run.write([...ids(1, 0, 10), ...ids(2, 0, 10)])
    if (isTold) run.tell(faulty('repeat', ids(2, 3, 6)))
    run.write([...ids(2, 3, 6), ...more])
    return run
  }

  it('keeps it apart from copies that clients or brokers made', async () => {
    const { log, gateway } = repeated(true, ['d1/1/9'])
    const { counts } = await withRun({ gateway, stored: stored(0, 24, [[0, log]]) }, auditRun)
    deepEqual([counts.repeatedByFirmware, counts.storedTwice, counts.resentAfterAck], [3, 1, 1])
    equal(counts.repeatedOnPurpose, 0)
  })

  it('has no failure from it where the topic forbids repeats, and one from anybody else’s', async () => {
    const own = repeated(true)
    const run = { gateway: own.gateway, stored: stored(0, 23, [[0, own.log]]), contract: forbidden }
    equal((await withRun(run, auditRun)).verdict, 'pass')
    const other = repeated(true, ['d1/1/9'])
    const bad = { gateway: other.gateway, stored: stored(0, 24, [[0, other.log]]), contract: forbidden }
    equal((await withRun(bad, auditRun)).verdict, 'fail')
  })
})

describe('auditing what is no record', () => {
  const garbled = () => {
    const run = writer()
    run.tell(faulty('malformed', GARBAGE))
    run.write([...ids(1, 0, 10), GARBAGE[0] as string, ...ids(2, 0, 10), GARBAGE[1] as string])
    return run
  }

  it('counts it, and it is neither foreign nor a hole of anybody', async () => {
    const { log, gateway } = garbled()
    const { verdict, counts } = await withRun({ gateway, stored: stored(0, 22, [[0, log]]) }, auditRun)
    deepEqual([verdict, counts.malformed, counts.foreign, counts.gapsNeverAcked], ['pass', 2, 0, 0])
  })

  it('misses it like any record that was acknowledged', async () => {
    const { log, gateway } = garbled()
    const gone = log.indexOf(GARBAGE[0] as string)
    const stretches = [
      [0, log.slice(0, gone)],
      [gone + 1, log.slice(gone + 1)],
    ] as const
    const { verdict, counts } = await withRun({ gateway, stored: stored(0, 22, stretches) }, auditRun)
    deepEqual([verdict, counts.malformed, counts.lost], ['fail', 1, 1])
  })

  it('calls it foreign where nobody in this history sent it', async () => {
    const { log, gateway } = garbled()
    const theirs = `?${'c'.repeat(64)}`
    const run = { gateway, stored: stored(0, 23, [[0, [...log, theirs]]]) }
    const { counts } = await withRun(run, auditRun)
    deepEqual([counts.malformed, counts.foreign], [2, 1])
  })
})

describe('auditing what a repair job published', () => {
  /** The second record of d1 is written as something unreadable, and repaired behind its third, `times` times. */
  const repaired = (times: number, isTold = true) => {
    const run = writer()
    run.tell(faulty('malformed', [GARBAGE[0] as string]))
    run.write(['d1/1/0', GARBAGE[0] as string, 'd1/1/2'])
    for (let i = 0; i < times; i++) {
      if (isTold) run.tell({ kind: 'repair', t: 95, topic: 'telemetry', records: ['d1/1/1'], of: [[0, 1]] })
      run.write(['d1/1/1'])
    }
    return run
  }
  const audited = async (run: ReturnType<typeof writer>) => {
    const { length } = run.log
    return withRun(
      { gateway: run.gateway, stored: stored(0, length, [[0, run.log]]), contract: forbidden },
      auditRun,
    )
  }

  it('counts it, and finds no hole and no disorder', async () => {
    const { verdict, counts, anomalyCounts } = await audited(repaired(1))
    deepEqual([verdict, counts.repaired, counts.malformed, counts.gapsNeverAcked], ['pass', 1, 1, 0])
    equal(anomalyCounts['device-reorder'], 0)
    equal((await audited(repaired(1, false))).anomalyCounts['device-reorder'], 1)
  })

  it('takes a job that is run again for one that repeats on purpose', async () => {
    const { verdict, counts } = await audited(repaired(2))
    deepEqual([verdict, counts.repaired, counts.repeatedOnPurpose, counts.storedTwice], ['pass', 1, 1, 0])
  })

  it('has a record that was never sent in a hole of its own where nothing was repaired', async () => {
    const { verdict, counts } = await audited(repaired(0))
    deepEqual([verdict, counts.repaired, counts.gapsNeverAcked, counts.gapsUnexplained], ['pass', 0, 1, 0])
  })
})
