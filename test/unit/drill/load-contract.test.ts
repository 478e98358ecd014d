import assert from 'node:assert/strict'
import { contractText, drillText, loadText, rejection, unmark } from './drill-file.ts'

const load = (contract: string) => loadText(drillText(), contract)
const ONE_PARTITION = '    partitions: 1\n'

describe('a contract with a mistake', () => {
  it('is named with its own file and place', async () => {
    await load(contractText(undefined, ONE_PARTITION))
    const { text, place } = unmark(contractText(undefined, '    «partitons: 1\n'), 'contract.yaml')
    const error = await rejection(load(text))
    assert.equal(error.code, 'input')
    assert.equal(
      error.message,
      `${place} topics.topic-3: unknown key 'partitons'; did you mean 'partitions'?`,
    )
    assert.match(error.hint ?? '', /^for example: partitions: 6\n/)
  })

  it('wants a topic for each data class', async () => {
    const error = await rejection(load(contractText(['telemetry', 'device-state', 'operations'])))
    assert.equal(error.message, "contract.yaml:3:3 topics: no topic has the data class 'integration'")
    assert.match(error.hint ?? '', /^for example: dataClass: integration\n/)
  })

  it('wants one topic only for each data class', async () => {
    const classes = ['telemetry', 'device-state', 'operations', 'integration', '«telemetry']
    const { text, place } = unmark(contractText(classes), 'contract.yaml')
    const error = await rejection(load(text))
    assert.equal(
      error.message,
      `${place} topics.topic-4.dataClass: topic-0 and topic-4 have the same data class; each has exactly one topic`,
    )
  })

  it('wants no more in-sync replicas than there are replicas', async () => {
    await load(contractText(undefined, '    replicas: 1\n    minInSyncReplicas: 1\n'))
    const extra = '    replicas: 1\n    minInSyncReplicas: «2\n'
    const { text, place } = unmark(contractText(undefined, extra), 'contract.yaml')
    const error = await rejection(load(text))
    assert.match(
      error.message,
      new RegExp(`^${place} topics.topic-3.minInSyncReplicas: more than the 1 replicas`),
    )
  })

  it('wants names of topics that Kafka accepts', async () => {
    const { text, place } = unmark(contractText().replace('topic-3:', '«topic 3:'), 'contract.yaml')
    const error = await rejection(load(text))
    assert.match(error.message, new RegExp(`^${place} topics: 'topic 3' cannot be a name here`))
  })

  it('has what clients make of its topics like one of these, and not like another', async () => {
    const derived = (like: string) => `${contractText()}derivedTopics:\n  outbox-*: { like: «${like} }\n`
    await load(derived('topic-3').replace('«', ''))
    const { text, place } = unmark(derived('topic-9'), 'contract.yaml')
    const error = await rejection(load(text))
    assert.match(
      error.message,
      new RegExp(`^${place} derivedTopics.outbox-\\*.like: the contract has no topic 'topic-9'`),
    )
  })

  it('has no topic twice, once with terms of its own', async () => {
    const error = await rejection(load(`${contractText()}derivedTopics:\n  topic-1: { like: topic-3 }\n`))
    assert.match(error.message, /derivedTopics.topic-1: it is in 'topics' already/)
  })

  it('promises no replay window that is longer than what it keeps', async () => {
    const kept = (extra: string) => contractText().replace('retention: 24h', extra)
    await load(kept('retention: 4h'))
    const { text, place } = unmark(kept('retention: «239m'), 'contract.yaml')
    const error = await rejection(load(text))
    assert.ok(
      error.message.startsWith(`${place} topics.topic-0.retention: shorter than the replay window of 4h`),
    )
    assert.match(error.message, /keep them at least as long, or promise a shorter window/)
    assert.match(error.hint ?? '', /^for example: retention: 4h\n/)
  })

  it('lets compaction wait for as long as the replay window, or longer', async () => {
    const compacted = (lag: string) =>
      contractText().replace('cleanup: delete', `cleanup: compact,delete\n    compactionLag: ${lag}`)
    await load(compacted('4h'))
    const { text, place } = unmark(compacted('«2s'), 'contract.yaml')
    const error = await rejection(load(text))
    assert.ok(
      error.message.startsWith(`${place} topics.topic-0.compactionLag: shorter than the replay window of 4h`),
    )
  })

  it('may keep a compacted topic for longer than its retention says, which has no effect there', async () => {
    await load(
      contractText().replace('cleanup: delete\n    retention: 24h', 'cleanup: compact\n    retention: 1h'),
    )
  })

  it('takes settings of a topic, and refuses those that would have no effect', async () => {
    const settings = [
      'retentionBytes: 10000000',
      'segmentBytes: 1048576',
      'segmentMs: 5000',
      'timestampType: append',
      'timestampBeforeMax: 30d',
      'timestampAfterMax: 1h',
    ]
    const { drill } = await load(contractText(undefined, settings.map(line => `    ${line}\n`).join('')))
    const { retentionBytes, segmentBytes, segmentMs, timestampType, timestampBeforeMax, timestampAfterMax } =
      drill.contract.topics['topic-3'] ?? {}
    assert.deepEqual(
      [retentionBytes, segmentBytes, segmentMs, timestampType, timestampBeforeMax, timestampAfterMax],
      [10_000_000, 1_048_576, 5000, 'append', 30 * 86_400_000, 3_600_000],
    )
    const long = unmark(contractText(undefined, '    localRetention: «25h\n'), 'contract.yaml')
    assert.match(
      (await rejection(load(long.text))).message,
      new RegExp(`^${long.place} .*longer than the retention of 1d`),
    )
    const idle = unmark(contractText(undefined, '    «compactionLag: 5h\n'), 'contract.yaml')
    assert.match(
      (await rejection(load(idle.text))).message,
      new RegExp(`^${idle.place} .*without effect under cleanup: delete`),
    )
    const small = unmark(contractText(undefined, '    segmentBytes: «4096\n'), 'contract.yaml')
    assert.match((await rejection(load(small.text))).message, new RegExp(`^${small.place} .*1048576`))
  })
})
