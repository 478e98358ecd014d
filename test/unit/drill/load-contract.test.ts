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
})
