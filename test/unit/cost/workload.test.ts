import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { AftershockError } from '../../../chaos/core/errors.ts'
import { conventionsOf, loadWorkload, parseWorkloadText } from '../../../chaos/cost/workload.ts'

const SMALL = `workload: mine
ingestMbPerSecond: 10
classes:
  telemetry: { share: 1, retention: 7d }
`

function problemOf(text: string): string {
  try {
    parseWorkloadText(text, 'mine.yaml')
  } catch (error) {
    assert.ok(error instanceof AftershockError)
    assert.equal(error.code, 'input')
    return `${error.message}\n${error.hint}`
  }
  return 'no problem'
}

describe('a workload', () => {
  it('needs a name, an ingest and its data classes; the rest has defaults', () => {
    const workload = parseWorkloadText(SMALL)
    assert.equal(workload.classes.telemetry?.retention, 604_800_000)
    assert.deepEqual(
      [workload.zones, workload.replicas, workload.fanOut, workload.replays.perMonth, workload.region],
      [3, 3, 1, 0, 'us-east-1'],
    )
    assert.deepEqual(conventionsOf(workload), { hoursPerMonth: 730, bytesPerGb: 1e9 })
    assert.equal(conventionsOf({ ...workload, gigabyte: 'binary' }).bytesPerGb, 2 ** 30)
  })

  it('is shipped as an example that has all four data classes and plans for replays and lost brokers', async () => {
    const { workload, file, sha256 } = await loadWorkload()
    assert.equal(Object.keys(workload.classes).length, 4)
    assert.ok(workload.replays.perMonth > 0 && workload.brokerLossesPerYear > 0)
    assert.match(`${file} ${sha256}`, /^chaos\/cost\/workloads\/fleet\.yaml [0-9a-f]{64}$/)
  })

  it('is refused with file, line, column and the key that was probably meant', () => {
    assert.match(
      problemOf(SMALL.replace('ingestMb', 'ingesMb')),
      /mine\.yaml:2:1.*'ingesMbPerSecond'.*did you mean 'ingestMbPerSecond'/,
    )
    assert.match(problemOf(`${SMALL}replays: { perMonth: often }\n`), /mine\.yaml:5:22 replays\.perMonth/)
    assert.match(problemOf(`${SMALL}zones: 0\n`), /mine\.yaml:5:8 zones: expected at least 1/)
    assert.match(problemOf(SMALL.replace('7d', '7 days')), /retention/)
  })

  it('is refused when the shares of its classes do not add up', () => {
    assert.match(
      problemOf(SMALL.replace('share: 1', 'share: 0.9')),
      /mine\.yaml:4:3 classes: the shares of the data classes add up to 0\.9, not to 1/,
    )
  })
})
