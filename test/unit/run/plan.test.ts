import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { loadDrill } from '../../../chaos/drill/load-drill.ts'
import type { PlatformChoice } from '../../../chaos/drivers/local/setup/lab.ts'
import { printPlan } from '../../../chaos/run/plan.ts'

const plan = async (choice: PlatformChoice, json = false) =>
  printPlan(await loadDrill('first'), 'a seed', choice, json)

describe('the plan of a run', () => {
  it('promises as many copies of a topic as the platform makes', async () => {
    assert.match(await plan({ platform: 'kafka' }), /telemetry \(6 × 3\)/)
    assert.match(await plan({ platform: 'automq', automqDist: '/automq.tgz' }), /telemetry \(6 × 1\)/)
    const { topics } = JSON.parse(await plan({ platform: 'automq' }, true)) as { topics: object }
    assert.deepEqual(topics['telemetry' as keyof typeof topics], { partitions: 6, replicas: 1 })
  })

  it('names no store where there is none, and every part of it where there is one', async () => {
    assert.doesNotMatch(await plan({ platform: 'kafka' }), /object store|S3 proxy/)
    for (const platform of ['kafka-tiered', 'automq', 'automq-router'] as const)
      assert.match(await plan({ platform }), /object store versitygw, and the lab’s S3 proxy/)
  })

  it('says by what the remote log is kept, and where AutoMQ comes from', async () => {
    assert.match(await plan({ platform: 'kafka-tiered' }), /reference store, which is no product/)
    const plugin = await plan({ platform: 'kafka-tiered', tieredPlugin: '/plugin' })
    assert.match(plugin, /Aiven’s plugin in \/plugin/)
    assert.doesNotMatch(plugin, /reference store/)
    assert.match(await plan({ platform: 'automq' }), /the folder in AUTOMQ_HOME/)
    assert.match(await plan({ platform: 'automq', automqDist: '/automq.tgz' }), /from \/automq\.tgz/)
  })
})
