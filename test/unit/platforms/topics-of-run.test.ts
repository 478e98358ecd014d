import assert from 'node:assert/strict'
import { loadContract } from '../../../chaos/drill/load-contract.ts'
import { loadDrill } from '../../../chaos/drill/load-drill.ts'
import { packageFile } from '../../../chaos/package-root.ts'
import { topicsOfRun, withoutTerms } from '../../../chaos/platforms/topics-of-run.ts'

/** What `readiness` wrote, by the logs of its brokers (2026-12-01, Kafka 4.3.1). */
const SEEN = [
  '__consumer_offsets',
  '__transaction_state',
  'connect-configs',
  'connect-offsets',
  'connect-status',
  'dead-letters-rows',
  'device-state',
  'device-twin-acknowledgements',
  'device-twin-commands',
  'device-twin-twins-changelog',
  'integration',
  'operations',
  'outbox-outbox',
  'telemetry',
]

describe('the topics that a drill touches', () => {
  it('are all that brokers have after readiness, and somebody answers for each', async () => {
    const { drill } = await loadDrill('readiness')
    const topics = topicsOfRun(drill)
    const ofClients = SEEN.filter(topic => !topic.startsWith('__'))
    assert.deepEqual(topics.map(({ topic }) => topic).toSorted(), ['__*', ...ofClients])
    assert.deepEqual(withoutTerms(topics), [])
  })

  it('are told with whose terms hold, and why some need none', async () => {
    const { drill } = await loadDrill('readiness')
    const about = (name: string) => topicsOfRun(drill).find(({ topic }) => topic === name)
    assert.equal(about('outbox-outbox')?.terms?.like, 'integration')
    assert.equal(about('outbox-outbox')?.rule, null)
    assert.equal(about('device-twin-twins-changelog')?.terms?.like, drill.processor?.topic)
    assert.match(about('device-twin-twins-changelog')?.rule ?? '', /^its own state/)
    assert.match(about('connect-offsets')?.rule ?? '', /no record of a device/)
    assert.equal(about('connect-offsets')?.terms, null)
  })

  it('lack somebody where the contract says nothing of what clients make of the others', async () => {
    const { drill } = await loadDrill('readiness')
    const { derivedTopics: _, ...contract } = await loadContract(packageFile('contracts', 'fleet.yaml'))
    assert.deepEqual(
      withoutTerms(topicsOfRun({ ...drill, contract })).map(({ topic }) => topic),
      ['dead-letters-rows', 'outbox-outbox', 'device-twin-commands', 'device-twin-acknowledgements'],
    )
  })
})
