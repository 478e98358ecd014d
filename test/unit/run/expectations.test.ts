import assert from 'node:assert/strict'
import { loadDrill } from '../../../chaos/drill/load-drill.ts'
import { packageFile } from '../../../chaos/package-root.ts'
import { expectationsOf } from '../../../chaos/run/expectations.ts'
import { commandLine } from '../commands/command-line.ts'

const QUICK = packageFile('test', 'fixtures', 'drills', 'quick.yaml')

describe('what is expected of a run', () => {
  it('grows with what the drill asks for, and with the platform', async () => {
    const { drill } = await loadDrill(QUICK, '/')
    const plain = expectationsOf(drill, 'kafka')
    const longer = expectationsOf({ ...drill, settleMs: drill.settleMs + 60_000 }, 'kafka')
    assert.equal(longer.totalMs - plain.totalMs, 60_000)
    const more = { ...drill, fleet: { ...drill.fleet, devices: drill.fleet.devices * 100 } }
    assert.ok(expectationsOf(more, 'kafka').evidenceBytes > plain.evidenceBytes)
    assert.ok(expectationsOf(more, 'kafka').labBytes > 99 * plain.labBytes)
    // Its brokers have to be old enough before anything is broken, and it keeps one copy.
    assert.ok(expectationsOf(drill, 'automq').totalMs > plain.totalMs + 30_000)
    assert.ok(expectationsOf(drill, 'automq').memoryBytes > plain.memoryBytes)
  })

  it('stands in the plan, for one run and for several', async () => {
    const one = await commandLine(['run', QUICK, '--plan'])
    assert.match(
      one.out,
      /Takes {4}about \d+ s, 2\.50 GB of memory, \S+ [kM]B of disk while it runs, \S+ MB\s+of evidence\n/,
    )
    const five = await commandLine(['run', QUICK, '--repeat', '5', '--plan'])
    assert.match(five.out, /each; 5 runs,\s+one after the other: about \d+ min, \S+\s+MB\s+of\s+evidence\n/)
    const json = await commandLine(['run', QUICK, '--repeat', '5', '--plan', '--json'])
    const plan = JSON.parse(json.out) as { runs: number; expected: { totalMs: number } }
    assert.equal(plan.runs, 5)
    assert.ok(plan.expected.totalMs > 20_000)
  })
})
