import { deepEqual, equal, match } from 'node:assert/strict'
import { join } from 'node:path'
import { auditHistoryFile } from '../../../chaos/audit/audit-history.ts'
import { auditRun } from '../../../chaos/audit/audit-run.ts'
import { loadContract } from '../../../chaos/drill/load-contract.ts'
import { send, stored, withRun } from './run-folder.ts'

const FIXTURES = join(import.meta.dirname, '../../fixtures')
const strict = loadContract(join(FIXTURES, 'contracts/one-topic.yaml'), undefined, { forFleet: false })

/** Of a history as people who met these bugs would have recorded it: verdict and failures, without and with a contract. */
async function judged(name: string) {
  const path = join(FIXTURES, 'field-histories', `${name}.jsonl`)
  const words = async (contract?: Awaited<typeof strict>) => {
    const { verdict, failures } = await auditHistoryFile(path, contract ? { contract } : {})
    return [verdict, ...failures.map(({ anomaly, count }) => `${anomaly} ${count}`)].join(', ')
  }
  return [await words(), await words(await strict)]
}

describe('histories of bugs that were met in the field', () => {
  const cases: readonly (readonly [name: string, what: string, open: string, underContract?: string])[] = [
    ['gaps-info', 'offsets that transactions left are no loss', 'pass'],
    ['deleted50', 'fifty records that are gone are lost, all of them', 'fail, lost-write 50, device-gap 1'],
    ['redelivery', 'a record that was read twice is stored once', 'pass'],
    ['dup', 'a record that was sent once stands twice', 'pass', 'fail, duplicate 1, device-duplicate 1'],
    [
      'no-epoch',
      'ids that devices use again after a reboot are repeats',
      'pass',
      'fail, duplicate 8, device-duplicate 8',
    ],
    ['group-jump-with-group', 'a group goes on ten records after its commit', 'fail, unread 10'],
    [
      'commit-ahead-of-read',
      'a group commits fifteen records that it was not given',
      'fail, unread 15, commit-ahead 1',
    ],
  ]
  for (const [name, what, open, underContract = open] of cases)
    it(`${name}: ${what}`, async () => deepEqual(await judged(name), [open, underContract]))
})

const forbidden = { telemetry: { duplicates: 'forbidden', cleanup: 'delete', replayWindow: 14_400_000 } }

describe('a topic that forbids duplicates', () => {
  it('has none that was sent again although it had been acknowledged', async () => {
    const spec = {
      gateway: [...send(['d1/1/0'], 0), ...send(['d1/1/0'], 1)],
      stored: stored(0, 2, [[0, ['d1/1/0', 'd1/1/0']]]),
      contract: forbidden,
    }
    const { verdict, failures } = await withRun(spec, auditRun)
    equal(verdict, 'fail')
    deepEqual(
      failures.map(({ anomaly, count }) => [anomaly, count]),
      [
        ['duplicate', 1],
        ['device-duplicate', 1],
      ],
    )
  })

  it('has none in another partition', async () => {
    const spec = {
      gateway: [
        {
          kind: 'invoke',
          op: 900,
          t: 1,
          parts: [
            ['telemetry', 0, 1, ['d1/1/0']],
            ['telemetry', 1, 1, ['d1/1/0']],
          ],
        },
        { kind: 'ok', op: 900, t: 2, offsets: [0, 0] },
      ],
      stored: [
        {
          kind: 'bounds',
          t: 1000,
          partitions: [
            ['telemetry', 0, 0, 1],
            ['telemetry', 1, 0, 1],
          ],
        },
        {
          kind: 'poll',
          t: 1001,
          runs: [
            ['telemetry', 0, 0, ['d1/1/0']],
            ['telemetry', 1, 0, ['d1/1/0']],
          ],
        },
      ],
      contract: forbidden,
    } as const
    const result = await withRun(spec, auditRun)
    equal(result.verdict, 'fail')
    equal(result.anomalyCounts['device-duplicate'], 1)
    match(result.anomalies['device-duplicate']?.[0]?.what ?? '', /resent-after-ack/)
  })
})
