import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadDrill } from '../../../chaos/drill/load-drill.ts'
import { packageFile } from '../../../chaos/package-root.ts'

/** @param parts what stands beside what every drill has */
function written({ regions = '', timeline = '', gates = '' }: Record<string, string>): string {
  const path = join(mkdtempSync(join(tmpdir(), 'aftershock-regions-')), 'mine.yaml')
  writeFileSync(
    path,
    `drill: mine
title: A region is lost
contract: ${packageFile('contracts', 'fleet.yaml')}
fleet: { devices: 10 }
${regions}
steadyState: [{ probe: nodes-answering, equals: 3 }]
timeline:
  - { at: 1s, fault: broker-kill, target: random, for: 5s }
${timeline}
gates:
  - { gate: acked-loss, atMost: 0 }
${gates}
`,
  )
  return path
}

describe('a drill with two regions', () => {
  it('has a gate for each of its bounds, beside its own; where it fails over, nothing may be passed over', async () => {
    const gatesOf = async (timeline: object) => {
      const regions = 'regions: { bounds: { lossAtMost: 10, minutesAtMost: 2 } }'
      const { drill } = await loadDrill(written({ regions, ...timeline }))
      return drill.gates.map(({ gate, atMost }) => [gate, atMost])
    }
    const own = ['acked-loss', 0]
    const [lost, recovery] = [
      ['region-lost-records', 10],
      ['region-recovery-seconds', 120],
    ]
    assert.deepEqual(await gatesOf({}), [own, lost, recovery])
    const timeline = '  - { at: 2s, fault: region-cut, for: 20s }\n  - { at: 4s, action: fail-over }'
    assert.deepEqual(await gatesOf({ timeline }), [own, lost, ['region-skipped-records', 0], recovery])
  })

  it('is refused a fail-over, a cut or a number of regions that it does not have', async () => {
    for (const [parts, message] of [
      [{ timeline: '  - { at: 2s, action: fail-over }' }, /fail-over needs a second region/],
      [{ timeline: '  - { at: 2s, fault: region-cut, for: 5s }' }, /region-cut needs a second region/],
      [
        { gates: '  - { gate: region-reread-records, atMost: 0 }' },
        /no second region that region-reread-records/,
      ],
    ] as const)
      await assert.rejects(loadDrill(written(parts)), message)
  })

  it('breaks region b where it says so, and only with what is one cluster’s own', async () => {
    const of = (fault: string) => `  - { at: 9s, fault: ${fault}, for: 5s, cluster: b }`
    const regions = 'regions: { brokers: 3 }'
    const { drill } = await loadDrill(written({ regions, timeline: of('broker-kill, target: random') }))
    const [first, second] = drill.timeline
    assert.equal(first?.role === 'fault' && first.cluster, undefined)
    assert.equal(second?.role === 'fault' && second.cluster, 'b')
    assert.equal('cluster' in (second?.spec ?? {}), false)
    for (const [parts, message] of [
      [{ timeline: of('broker-kill, target: random') }, /the drill has no region b/],
      [{ regions, timeline: of('mirror-kill') }, /mirror-kill touches regions/],
      [{ regions, timeline: of('clients-crash, gateways: { zone: az-a }') }, /clients-crash touches clients/],
    ] as const)
      await assert.rejects(loadDrill(written(parts)), message)
  })

  it('takes the processor along only where there is one that can go, and a fail-over to go with', async () => {
    const go = '  - { at: 9s, fault: region-cut, for: 20s }\n  - { at: 10s, action: fail-over }'
    const of = (processor: string, timeline = go) =>
      written({ regions: `regions: { failOver: { processor: rebuilt } }\n${processor}`, timeline })
    await loadDrill(of('processor: { zones: [az-a] }'))
    for (const [path, message] of [
      [of(''), /no stateful processor/],
      [of('processor: { command: [./mine] }'), /a program of the drill’s own does not go/],
      [of('processor: { writer: {} }'), /the database that it writes to is in region a/],
      [of('processor: {}', ''), /nobody fails over/],
      [of('processor: {}', `${go}\n  - { at: 60s, action: fail-back }`), /fail-back leaves the processor/],
    ] as const)
      await assert.rejects(loadDrill(path), message)
  })

  it('cannot fail over twice, nor promise the same thing twice', async () => {
    const regions = 'regions: { bounds: { lossAtMost: 10 } }'
    const twice = '  - { at: 2s, action: fail-over }\n  - { at: 3s, action: fail-over }'
    await assert.rejects(loadDrill(written({ regions, timeline: twice })), /are in region b by then/)
    const gates = '  - { gate: region-lost-records, atMost: 5 }'
    await assert.rejects(loadDrill(written({ regions, gates })), /bounds\.lossAtMost is this gate already/)
  })

  it('takes sinks and sources along, but for sinks with dead letters', async () => {
    const timeline = '  - { at: 4s, action: fail-over }'
    const of = (connectors: string, parts = {}) =>
      written({
        regions: `regions: { failOver: { connectors: translated } }\n${connectors}`,
        timeline,
        ...parts,
      })
    const rows = 'connectors: { sinks: [{ name: rows }] }'
    await loadDrill(of(rows))
    await loadDrill(of('connectors: { sinks: [{ name: rows }], sources: [{ name: outbox }] }'))
    const migrates = '  - { at: 4s, action: migrate }'
    await loadDrill(of(rows, { timeline: migrates }))
    for (const [connectors, parts, message] of [
      ['', {}, /no sinks that could go/],
      ['connectors: { sinks: [{ name: rows, deadLetters: true }] }', {}, /dead letters stay in region a/],
      [rows, { timeline: '' }, /nobody fails over, and nobody migrates/],
      [
        rows,
        { timeline: `${migrates}\n  - { at: 50s, action: roll-back }` },
        /roll-back leaves sinks where they are/,
      ],
    ] as const)
      await assert.rejects(loadDrill(of(connectors, parts)), message)
  })

  it('watches a wave before the next one, in less time than a step has', async () => {
    const of = (keys: string) =>
      written({ regions: 'regions: {}', timeline: `  - { at: 9s, action: migrate, ${keys} }` })
    await loadDrill(of('between: { watch: 10s }'))
    await assert.rejects(
      loadDrill(of('within: 10s, between: { watch: 10s }')),
      /watches for longer than a step/,
    )
    await assert.rejects(loadDrill(of('waves: 1, between: {}')), /one wave has none after it/)
  })

  it('comes back only from where it went, by the way that belongs to it, and with names that are the same', async () => {
    const regions = 'regions: { wayBack: true }'
    const at = (...actions: readonly string[]) =>
      actions.map((action, index) => `  - { at: ${index + 2}s, action: ${action} }`).join('\n')
    await loadDrill(written({ regions, timeline: at('fail-over', 'fail-back') }))
    await loadDrill(written({ regions, timeline: at('migrate', 'roll-back') }))
    for (const [actions, message] of [
      [['fail-back'], /fail-back comes after fail-over/],
      [['fail-over', 'roll-back'], /roll-back comes after migrate/],
      [['migrate', 'fail-back'], /fail-back comes after fail-over/],
      [['migrate', 'fail-over'], /are in region b by then/],
    ] as const)
      await assert.rejects(loadDrill(written({ regions, timeline: at(...actions) })), message)
    const renamed = 'regions: { wayBack: true, mirror: { policy: default } }'
    await assert.rejects(
      loadDrill(written({ regions: renamed, timeline: at('migrate') })),
      /the same name in both/,
    )
    await loadDrill(written({ regions: renamed, timeline: at('fail-over') }))
  })

  it('has three brokers in region b where its platform keeps records in a store', async () => {
    const of = (brokers: number) =>
      written({ regions: `regions: { platform: kafka-tiered, brokers: ${brokers} }` })
    await assert.rejects(loadDrill(of(1)), /Kafka with tiered storage needs three brokers/)
    await loadDrill(of(3))
  })

  it('names a key that it does not know, and what it may have meant', async () => {
    await assert.rejects(
      loadDrill(written({ regions: 'regions: { mirror: { emitCheckpoint: false } }' })),
      /emitCheckpoints/,
    )
  })
})
