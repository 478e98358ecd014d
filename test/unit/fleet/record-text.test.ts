import assert from 'node:assert/strict'
import type { Contract } from '../../../chaos/core/contract.ts'
import { fleetSchema } from '../../../chaos/core/drill.ts'
import { AftershockError } from '../../../chaos/core/errors.ts'
import { seededRandom } from '../../../chaos/core/random.ts'
import { RecordText } from '../../../chaos/fleet/record-text.ts'
import { fleetTopics } from '../../../chaos/fleet/streams.ts'
import { recordIdOf } from '../../../chaos/replay/record-id.ts'

const promise = (dataClass: string, partitions: number) => ({ dataClass, partitions })
const contract = {
  contract: 'fleet',
  topics: {
    audit: promise('operations', 3),
    readings: promise('telemetry', 6),
    crm: promise('integration', 2),
    state: promise('device-state', 4),
  },
} as unknown as Contract

const spec = fleetSchema.parse({ devices: 1, telemetry: { payloadBytes: 200 } })
const text = new RecordText(spec, fleetTopics(contract), seededRandom(1), 1_700_000_000_000)

describe("the text of a device's record", () => {
  it('is JSON of the promised size for telemetry, with the event time and not the send time', () => {
    const value = text.render('d17/1/42', 0, 1234.4, 42)
    const parsed = JSON.parse(value) as Record<string, unknown>
    assert.equal(value.length, 200)
    assert.deepEqual(
      [parsed.id, parsed.class, parsed.kind, parsed.at],
      ['d17/1/42', 'telemetry', 'reading', 1_700_000_001_234],
    )
  })

  it('is small JSON for every other stream, and names its data class', () => {
    const kinds = [1, 2, 3, 4].map(stream => {
      const parsed = JSON.parse(text.render('d1/1/0', stream, 0, 0)) as { class: string; kind: string }
      return `${parsed.class}: ${parsed.kind}`
    })
    assert.deepEqual(kinds, [
      'device-state: state-change',
      'device-state: command-ack',
      'operations: operation',
      'integration: integration',
    ])
  })

  it('has an id that a reader finds again, for every stream', () => {
    for (let stream = 0; stream < 5; stream++) {
      assert.equal(recordIdOf(Buffer.from(text.render('d9/3/7', stream, 55, 7))), 'd9/3/7')
    }
  })

  it('is still JSON when the payload is too small for any padding', () => {
    const tiny = fleetSchema.parse({ devices: 1, telemetry: { payloadBytes: 64 } })
    const small = new RecordText(tiny, fleetTopics(contract), seededRandom(1), 0)
    assert.equal((JSON.parse(small.render('d1/1/1', 0, 5, 1)) as { at: number }).at, 5)
  })
})

describe("the fleet's topics", () => {
  it('are found by data class, whatever they are called', () => {
    assert.deepEqual(
      fleetTopics(contract).map(({ topic, partitions }) => [topic, partitions]),
      [
        ['readings', 6],
        ['state', 4],
        ['audit', 3],
        ['crm', 2],
      ],
    )
  })

  it('are refused when a data class has no topic, or two', () => {
    const { crm: _, ...without } = contract.topics
    const twice = { ...contract.topics, more: contract.topics.crm }
    for (const topics of [without, twice]) {
      assert.throws(
        () => fleetTopics({ ...contract, topics } as Contract),
        (error: unknown) => error instanceof AftershockError && error.code === 'input',
      )
    }
  })
})
