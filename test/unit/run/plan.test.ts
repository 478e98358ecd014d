import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { TimelineEntry } from '../../../chaos/core/drill.ts'
import type { AftershockError } from '../../../chaos/core/errors.ts'
import { loadDrill } from '../../../chaos/drill/load-drill.ts'
import type { PlatformChoice } from '../../../chaos/drivers/environment.ts'
import { environmentOf } from '../../../chaos/drivers/index.ts'
import { printPlan } from '../../../chaos/run/plan.ts'

const plan = async (choice: PlatformChoice, json = false) =>
  printPlan(await loadDrill('first'), 'a seed', environmentOf('local'), choice, json)

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
    assert.match(await plan({ platform: 'kafka-tiered' }), /reference store, not a product/)
    const plugin = await plan({ platform: 'kafka-tiered', tieredPlugin: '/plugin' })
    assert.match(plugin, /Aiven’s plugin in \/plugin/)
    assert.doesNotMatch(plugin, /reference store/)
    assert.match(await plan({ platform: 'automq' }), /the folder in AUTOMQ_HOME/)
    assert.match(await plan({ platform: 'automq', automqDist: '/automq.tgz' }), /from \/automq\.tgz/)
  })

  it('says what a second region of another platform is made of, and the memory of both', async () => {
    const told = async (drill: string) => {
      const loaded = await loadDrill(drill)
      const choice: PlatformChoice = { platform: 'kafka', automqDist: '/automq.tgz' }
      const said = await printPlan(loaded, 'a seed', environmentOf('local'), choice, false)
      const words = said.replaceAll(/\s+/g, ' ')
      return { words, memory: Number(/([\d.]+) GB of memory/.exec(words)?.[1]) }
    }
    const same = await told('migration-rollback')
    assert.doesNotMatch(same.words, /object store|automq/)
    const other = await told('migration-to-automq')
    assert.match(
      other.words,
      /a second region of 3 brokers of AutoMQ .* from \/automq\.tgz an object store of its own/,
    )
    // Nodes of AutoMQ need more than brokers of Kafka, and their object store stands beside them.
    assert.ok(other.memory > same.memory + 1, `${other.memory} GB, ${same.memory} GB`)
  })

  const choice: PlatformChoice = { platform: 'kafka' }
  async function planOf(entry: object) {
    const loaded = await loadDrill('broker-kill')
    const [first, ...rest] = loaded.drill.timeline
    const timeline = [{ ...first, ...entry } as TimelineEntry, ...rest]
    return printPlan(
      { ...loaded, drill: { ...loaded.drill, timeline } },
      'a seed',
      environmentOf('local'),
      choice,
      false,
    )
  }

  it('says where a fault is done that is done in region b, and refuses what region b does not have', async () => {
    const loaded = await loadDrill('region-cut')
    const of = (spec: Record<string, unknown>) => {
      const entry = {
        id: 'x',
        role: 'fault',
        kind: 'broker-kill',
        atMs: 0,
        forMs: 5000,
        cluster: 'b',
        spec,
      } as const
      const drill = { ...loaded.drill, timeline: [entry] }
      return printPlan({ ...loaded, drill }, 'a seed', environmentOf('local'), { platform: 'kafka' }, false)
    }
    assert.match(
      await of({ target: 'random' }),
      /broker-kill in region b for 5 s: broker 1 \(az-a; drawn at random\)/,
    )
    await assert.rejects(of({ target: { node: 2 } }), (error: AftershockError) => {
      assert.match(error.message, /x has nothing to act on/)
      return error.code === 'refused'
    })
  })

  it('refuses a fault that fits nothing, before anything starts, and leaves what only a cluster knows', async () => {
    for (const target of [{ node: 9 }, { count: 4 }])
      await assert.rejects(planOf({ id: 'kill', spec: { target } }), (error: AftershockError) => {
        assert.equal(error.code, 'refused')
        assert.match(error.message, /^kill has nothing to act on: /)
        assert.match(error.hint ?? '', /the 3 brokers are 1 \(az-a\), 2 \(az-b\), 3 \(az-c\)/)
        return true
      })
    await assert.rejects(planOf({ kind: 'clients-crash', spec: { gateways: { count: 99 } } }), {
      code: 'refused',
    })
    assert.match(await planOf({ spec: { target: 'active-controller' } }), /decided when it begins/)
  })

  it('warns of an effect that no probe can tell from chance', async () => {
    const links = { zone: 'az-b', direction: 'both', traffic: 'all' }
    const slow = (delayMs: number, jitterMs = 0) =>
      planOf({ kind: 'link-latency', spec: { links, delayMs, jitterMs } })
    assert.match(await slow(1), /! a delay of 1 ms cannot be proven: .*inconclusive/)
    assert.match(await slow(50, 45), /! a delay of 5 ms cannot be proven/)
    assert.doesNotMatch(await slow(10), /cannot be proven/)
  })
})
