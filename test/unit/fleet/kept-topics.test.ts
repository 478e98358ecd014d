import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { AftershockError } from '../../../chaos/core/errors.ts'
import { keptTopics } from '../../../chaos/fleet/kept-topics.ts'

describe('what topics that a shard makes keep', () => {
  it('is what the contract says, in segments of Kafka, where nobody says more', () => {
    assert.deepEqual(keptTopics({}, { RETENTION: '', SEGMENT_BYTES: '', LOCAL_RETENTION: '' }), {
      keep: {},
      tier: null,
    })
  })

  it('is what the environment says, unless the command line says otherwise', () => {
    const env = { RETENTION: '24h', SEGMENT_BYTES: '134217728', LOCAL_RETENTION: '1.5h' }
    assert.deepEqual(keptTopics({}, env), {
      keep: { retentionMs: 86_400_000, segmentBytes: 134_217_728 },
      tier: { localRetentionMs: 5_400_000 },
    })
    assert.deepEqual(keptTopics({ retention: '7d', segmentBytes: '1048576', tiered: '10m' }, env), {
      keep: { retentionMs: 604_800_000, segmentBytes: 1_048_576 },
      tier: { localRetentionMs: 600_000 },
    })
  })

  it('is refused when it is no duration, or no size that Kafka takes', () => {
    const refused = (args: Parameters<typeof keptTopics>[0], message: RegExp) =>
      assert.throws(
        () => keptTopics(args, {}),
        (error: unknown) =>
          error instanceof AftershockError && error.code === 'usage' && message.test(error.message),
      )
    refused({ retention: '24' }, /--retention is '24'/)
    for (const segmentBytes of ['1MiB', '1048575', '2147483648', '1.5e6', ''])
      refused({ segmentBytes }, /--segment-bytes is/)
  })
})
