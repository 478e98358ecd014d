import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { ACTIONS } from '../../../chaos/actions/index.ts'
import { PROBES } from '../../../chaos/core/drill.ts'
import { loadDrill } from '../../../chaos/drill/load-drill.ts'
import { shippedDrills } from '../../../chaos/drill/shipped-drills.ts'
import type { Fault } from '../../../chaos/faults/fault.ts'
import { FAULTS } from '../../../chaos/faults/index.ts'
import { packageFile } from '../../../chaos/package-root.ts'
import { DIMENSIONS } from '../../../chaos/score/dimensions.ts'

const textOf = (...path: string[]): string => readFileSync(packageFile(...path), 'utf8')
const camelCase = (kind: string): string => kind.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())

for (const [kind, fault] of FAULTS) {
  describe(`the fault ${kind}, as a whole`, () => {
    it('has a file, a name and a registration that are all the same', async () => {
      assert.equal(fault.kind, kind)
      const module = (await import(`../../../chaos/faults/${kind}.ts`)) as Record<string, Fault>
      assert.equal(module[camelCase(kind)]?.kind, kind)
    })

    it('says what it does, and which row of the scorecard it exercises', () => {
      assert.match(fault.deed, /^[a-z].* (was|were|crashed|answered|refused|failed)\b[^.]*$/)
      assert.ok(DIMENSIONS[fault.dimension], fault.dimension)
    })

    it('has a drill that is named after it and breaks nothing else', async () => {
      const { drill } = await loadDrill(kind)
      const kinds = drill.timeline.filter(entry => entry.role === 'fault').map(entry => entry.kind)
      assert.deepEqual(kinds, [kind])
    })

    it('is in the documentation, with every key of its own', () => {
      const row = textOf('docs', 'writing-a-drill.md')
        .split('\n')
        .find(line => line.startsWith(`| \`${kind}\` |`))
      assert.ok(row, 'docs/writing-a-drill.md has no row for it')
      for (const key of Object.keys(fault.spec.shape))
        assert.ok(row.includes(`\`${key}\``), `the row lacks ${key}`)
    })
  })
}

describe('the documentation of drills', () => {
  it('names every probe and action', () => {
    const page = textOf('docs', 'writing-a-drill.md')
    for (const name of [...PROBES, ...ACTIONS.keys()]) {
      assert.ok(page.includes(`\`${name}\``), `docs/writing-a-drill.md does not name ${name}`)
    }
  })

  it('shows the smallest fault and its test as they are', () => {
    const page = textOf('docs', 'adding-a-fault.md')
    assert.ok(page.includes(textOf('chaos', 'faults', 'broker-hang.ts').trim()))
    assert.ok(page.includes(textOf('test', 'unit', 'faults', 'broker-hang.test.ts').trim()))
  })

  it('leaves no shipped drill that is named after nothing', async () => {
    const names = await shippedDrills()
    assert.deepEqual(
      names.filter(name => !FAULTS.has(name)),
      [
        'attach',
        'certificate-rotation',
        'compare',
        'connector',
        'connector-source',
        'credential-expiry',
        'device-reboots',
        'fail-back',
        'first',
        'future-clock',
        'governed-replay',
        'migration-access',
        'migration-connectors',
        'migration-rollback',
        'migration-to-automq',
        'migration-to-tiered',
        'processor-rebuild',
        'readiness',
        'reconnect-storm',
        'region-b-broker',
        'region-outage',
        'region-outage-commands',
        'region-outage-connectors',
        'retention-race',
        's3-outage-refuse',
        'slow-follower-election',
        'tier-away',
        'tier-away-cold-read',
        'tier-away-cold-read-refuse',
        'tier-away-leader-change',
        'tier-counted-twice',
        'tier-slow-cold-read',
        'topic-rollback',
        'upgrade-old-client',
        'upgrade-rollback',
        'writer-fencing',
        'wrong-clocks',
        'zone-back-storm',
      ],
    )
  })
})
