import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadDrill } from '../../../chaos/drill/load-drill.ts'
import { environmentOf } from '../../../chaos/drivers/index.ts'
import { packageFile } from '../../../chaos/package-root.ts'
import { checkDrill } from '../../../chaos/run/check-drill.ts'

const UPGRADE = 'upgrade: { to: 4.4.0, bounds: { lossAtMost: 0, minutesAtMost: 2 } }'

/** @param actions in the order of their times */
function written(
  actions: readonly string[],
  { upgrade = UPGRADE, gates = '' }: { readonly upgrade?: string; readonly gates?: string } = {},
): string {
  const path = join(mkdtempSync(join(tmpdir(), 'aftershock-upgrade-')), 'mine.yaml')
  const timeline = actions.map((action, index) => `  - { at: ${index + 1}s, action: ${action} }`)
  writeFileSync(
    path,
    `drill: mine
title: Brokers are upgraded
contract: ${packageFile('contracts', 'fleet.yaml')}
fleet: { devices: 10 }
${upgrade}
steadyState: [{ probe: nodes-answering, equals: 3 }]
timeline:
  - { at: 1s, fault: broker-kill, target: random, for: 5s }
${timeline.join('\n')}
gates:
  - { gate: acked-loss, atMost: 0 }
${gates}
`,
  )
  return path
}
const BACK = ['rolling-upgrade', 'downgrade'] as const
const local = environmentOf('local')

describe('a drill that upgrades', () => {
  it('has a gate for each of its bounds, beside its own', async () => {
    const { drill } = await loadDrill(written(BACK))
    assert.deepEqual(
      drill.gates.map(({ gate, atMost }) => [gate, atMost]),
      [
        ['acked-loss', 0],
        ['upgrade-lost-records', 0],
        ['upgrade-action-seconds', 120],
      ],
    )
  })

  it('is refused an action or a number of an upgrade that it does not have, and an upgrade that nothing does', async () => {
    const without = { upgrade: '' }
    await assert.rejects(
      loadDrill(written(['rolling-upgrade'], without)),
      /rolling-upgrade needs a second release/,
    )
    const gates = '  - { gate: upgrade-step-seconds, atMost: 9 }'
    await assert.rejects(
      loadDrill(written([], { ...without, gates })),
      /no upgrade that upgrade-step-seconds/,
    )
    await assert.rejects(loadDrill(written([])), /nothing in the timeline upgrades/)
  })

  it('comes back only from where it went, finalizes once, and promises nothing twice', async () => {
    await loadDrill(written(['rolling-upgrade', 'finalize', 'downgrade']))
    await loadDrill(written([...BACK, ...BACK]))
    for (const [actions, message] of [
      [['downgrade'], /downgrade comes after rolling-upgrade or finalize/],
      [['finalize'], /finalize comes after rolling-upgrade/],
      [['rolling-upgrade', 'rolling-upgrade'], /have the newer release by then/],
      [['rolling-upgrade', 'finalize', 'finalize'], /finalize comes after rolling-upgrade/],
    ] as const)
      await assert.rejects(loadDrill(written(actions)), message)
    const gates = '  - { gate: upgrade-lost-records, atMost: 5 }'
    await assert.rejects(loadDrill(written(BACK, { gates })), /bounds\.lossAtMost is this gate already/)
  })

  it('is refused a release that is none', async () => {
    await assert.rejects(loadDrill(written(BACK, { upgrade: 'upgrade: { to: latest }' })), /such as 4\.4\.0/)
  })

  it('is refused where the platform has no second version, and says which have one', async () => {
    const loaded = await loadDrill(written(BACK))
    const check = (platform: 'kafka' | 'automq') =>
      checkDrill(loaded, local.outline(loaded.drill, platform), { seed: '1', allowCommands: false })
    await check('kafka')
    await assert.rejects(check('automq'), {
      code: 'refused',
      message: /AutoMQ has no second version here: its brokers are those of one distribution/,
      hint: 'choose --platform kafka or kafka-tiered',
    })
  })

  it('says in a plan what is beside what, and is refused a release that is no newer', async () => {
    const { drill } = await loadDrill(written(BACK))
    const parts = local.parts(drill, { platform: 'kafka', version: '4.3.1' })
    assert.match(
      parts.join('\n'),
      /the jars of Kafka 4\.4\.0 beside those of 4\.3\.1: brokers begin with 4\.3\.1/,
    )
    for (const version of ['4.4.0', '4.10.0'])
      assert.throws(() => local.parts(drill, { platform: 'kafka', version }), {
        code: 'refused',
        message: `mine upgrades Kafka ${version} to 4.4.0, which is no newer`,
      })
  })
})
