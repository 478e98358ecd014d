import { deepEqual, equal } from 'node:assert/strict'
import { auditRun } from '../../../chaos/audit/audit-run.ts'
import { type Body, send, stored, withRun } from './run-folder.ts'

const DEVICES = Array.from({ length: 10 }, (_, device) => device)
const ids = (device: number, epoch: number, count: number) =>
  Array.from({ length: count }, (_, i) => `d${device}/${epoch}/${i}`)
const forbidden = { telemetry: { duplicates: 'forbidden', cleanup: 'delete', replayWindow: 14_400_000 } }

/** Ten devices write 60 records, boot anew, publish their last one again, and write 40 more from 0. */
function rebooted(isTold: boolean, more: readonly string[] = []) {
  const log: string[] = []
  const write = (records: readonly string[]): Body[] => {
    log.push(...records)
    return send(records, log.length - records.length)
  }
  const before = DEVICES.flatMap(device => write(ids(device, 1, 60)))
  const last = DEVICES.map(device => `d${device}/1/59`)
  const told: Body[] = isTold ? [{ kind: 'repeat', t: 200, topic: 'telemetry', records: last }] : []
  const after = DEVICES.flatMap(device => write([last[device] as string, ...ids(device, 2, 40)]))
  const gateway = [...before, ...told, ...after, ...(more.length > 0 ? write(more) : [])]
  return { gateway, stored: stored(0, log.length, [[0, log]]), contract: forbidden }
}

describe('auditing devices that boot anew and publish their last record again', () => {
  it('finds 1,010 copies of 1,000 records, 10 of them meant, and nothing lost or wrong', async () => {
    const { counts, anomalyCounts, verdict } = await withRun(rebooted(true), auditRun)
    const { stored: copies, records, duplicates, repeatedOnPurpose, storedTwice, lost } = counts
    deepEqual(
      { copies, records, duplicates, repeatedOnPurpose, storedTwice, lost },
      { copies: 1010, records: 1000, duplicates: 10, repeatedOnPurpose: 10, storedTwice: 0, lost: 0 },
    )
    equal(anomalyCounts['device-duplicate'], 0)
    equal(anomalyCounts['device-reorder'], 0)
    equal(verdict, 'pass')
  })

  it('counts the same copies as stored twice where no device said that it meant them', async () => {
    const { counts, anomalyCounts } = await withRun(rebooted(false), auditRun)
    deepEqual([counts.storedTwice, counts.repeatedOnPurpose, counts.resentAfterAck], [10, 0, 10])
    equal(anomalyCounts['device-duplicate'], 10)
  })

  it('tells one copy more than was meant', async () => {
    const { counts, anomalyCounts } = await withRun(rebooted(true, ['d3/1/59']), auditRun)
    deepEqual([counts.storedTwice, counts.repeatedOnPurpose, counts.resentAfterAck], [1, 10, 1])
    equal(anomalyCounts['device-duplicate'], 1)
  })

  it('still finds what is lost when a record that was published again is gone from both places', async () => {
    const spec = rebooted(true)
    const log = [...ids(0, 1, 59), ...DEVICES.slice(1).flatMap(device => ids(device, 1, 60))]
    const run = {
      ...spec,
      stored: stored(0, 600, [
        [0, log.slice(0, 59)],
        [60, log.slice(59)],
      ]),
    }
    const { counts, anomalies } = await withRun(run, auditRun)
    equal(counts.lost, 1 + 400)
    equal(
      anomalies['lost-write']?.some(({ values }) => values.includes('d0/1/59')),
      true,
    )
  })
})
