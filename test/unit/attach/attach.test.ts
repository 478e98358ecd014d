import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { AftershockError } from '../../../chaos/core/errors.ts'
import { byteNeed, refuseBeyond } from '../../../chaos/drivers/attach/byte-ceiling.ts'
import { fittedDrill } from '../../../chaos/drivers/fitted-drill.ts'
import { loadDrill } from '../../../chaos/drill/load-drill.ts'
import { loginOf } from '../../../chaos/kafka/recipe-login.ts'

describe('a drill on a cluster that is there', () => {
  it('has topics of its own, also where its timeline names one, and no more copies than there are brokers', async () => {
    const { drill } = await loadDrill('broker-kill')
    const fitted = fittedDrill(drill, 'chaos.1.', 1)
    const topics = Object.entries(fitted.contract.topics)
    assert.equal(topics.length, 4)
    for (const [name, { replicas, minInSyncReplicas }] of topics) {
      assert.match(name, /^chaos\.1\.[a-z-]+$/)
      assert.deepEqual([replicas, minInSyncReplicas], [1, 1])
    }
    assert.ok(JSON.stringify(drill.timeline).includes('"telemetry/0"'), 'the drill names a topic')
    assert.ok(JSON.stringify(fitted.timeline).includes('"chaos.1.telemetry/0"'))
    assert.ok(!JSON.stringify(fitted.timeline).includes('"telemetry/0"'))
  })

  it('keeps what its contract asks for where there are brokers for it', async () => {
    const { drill } = await loadDrill('attach')
    const fitted = fittedDrill(drill, 'chaos.1.', 5)
    const copies = (of: typeof drill) => Object.values(of.contract.topics).map(({ replicas }) => replicas)
    assert.deepEqual(copies(fitted), copies(drill))
  })

  it('is refused when it might move more than the ceiling, and says what it might', async () => {
    const { drill } = await loadDrill('attach')
    const need = byteNeed(drill)
    assert.equal(need.total, need.written + need.copies + need.read)
    assert.deepEqual([need.copies, need.read], [need.written * 2, need.written * 3])
    refuseBeyond(need.total, need, 'attach')
    assert.throws(
      () => refuseBeyond(need.total - 1, need, 'attach'),
      (error: AftershockError) => error.code === 'refused' && /attach would move up to/.test(error.message),
    )
    const { fleet } = drill
    const twice = byteNeed({ ...drill, fleet: { ...fleet, devices: fleet.devices * 2 } })
    assert.ok(Math.abs(twice.total - need.total * 2) < 10)
  })
})

describe('certificates that are none', () => {
  it('are refused without a word of the key', () => {
    const recipe = {
      mechanism: null,
      username: '',
      password: '',
      tokens: null,
      tls: {
        authorities: null,
        certificate: 'no certificate',
        key: 'a secret key',
        passphrase: 'a secret phrase',
        serverName: null,
        checksNames: true,
      },
    }
    assert.throws(
      () => loginOf(recipe),
      (error: AftershockError) =>
        error.code === 'input' && !/secret/.test(`${error.message} ${error.hint} ${String(error.cause)}`),
    )
  })
})
