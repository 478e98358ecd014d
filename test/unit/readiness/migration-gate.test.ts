import assert from 'node:assert/strict'
import { loadDrill } from '../../../chaos/drill/load-drill.ts'
import { DEFAULT_PLATFORM, PLATFORM_NAMES, type PlatformName } from '../../../chaos/platforms/index.ts'
import type { PlatformSoftware } from '../../../chaos/record/platform-software.ts'
import { SOFTWARE } from '../compare/run-folders.ts'
import { gateOf, GateRuns, rowIs } from './gate-runs.ts'

describe('the gate of migrations', function () {
  this.timeout(60_000)
  let place: GateRuns
  before(async () => {
    place = await GateRuns.make()
  })
  after(() => place[Symbol.dispose]())
  afterEach(() => place.clear())

  /** A run between two regions, with these checks in its row of migrations. */
  const moved = (
    checks: readonly string[],
    verdict: 'pass' | 'fail' = 'pass',
    target?: string,
    made?: PlatformSoftware,
  ) =>
    place.put({
      header: header => {
        if (made) Object.assign(header, { regionSoftware: made })
        Object.assign(header.drill, {
          regions: {
            brokers: 1,
            mirror: { policy: 'identity', emitCheckpoints: true },
            offsets: 'translated',
            bounds: {},
            ...(target !== undefined && { platform: target }),
          },
        })
      },
      scorecard: card => {
        const [row] = card.rows
        const [check] = row?.checks ?? []
        if (!row || !check) throw new Error('the fixture has no row')
        card.rows.push({
          ...row,
          dimension: 'migration',
          verdict,
          checks: checks.map(name => ({ ...check, check: name, verdict })),
        })
        for (const ground of ['durability', 'fault-proof', 'audit', 'evidence']) rowIs(ground, 'pass')(card)
      },
    })
  const migration = async () => gateOf(await place.judge({}), 'migration')

  it('passes by a run that went there and came back, and not by one that went there alone', async () => {
    moved(['migrated'])
    const alone = await migration()
    assert.equal(alone.verdict, 'inconclusive')
    assert.match(alone.shown, /nobody tried to come back/)
    moved(['migrated', 'rolled-back'])
    assert.equal((await migration()).verdict, 'pass')
  })

  it('fails where the newest of them could not come back', async () => {
    moved(['migrated', 'rolled-back'])
    moved(['migrated', 'rolled-back'], 'fail')
    assert.equal((await migration()).verdict, 'fail')
  })

  it('asks where a run went, and not where it came from', async () => {
    moved(['migrated', 'rolled-back'], 'pass', 'kafka-tiered')
    const elsewhere = await migration()
    assert.equal(elsewhere.verdict, 'not-run')
    assert.equal(elsewhere.next, 'aftershock run migration-rollback')
    moved(['migrated', 'rolled-back'], 'pass', 'kafka')
    assert.equal((await migration()).verdict, 'pass')
  })

  const there = (platform: PlatformName, version?: string) =>
    place.judge({ platform, ...(version !== undefined && { version }) })
  const real = { name: 'AutoMQ 1.7.3 (Kafka 3.9.1)', version: '1.7.3', kind: 'product', notes: [] } as const

  it('goes by what region b was made of, and not by what the run began on', async () => {
    moved(['migrated', 'rolled-back'], 'pass', 'automq')
    const unsaid = await there('automq')
    assert.equal(gateOf(unsaid, 'migration').verdict, 'not-run')
    assert.equal(unsaid.left[0]?.why, 'it does not say what region b was made of')
    moved(['migrated', 'rolled-back'], 'pass', 'automq', SOFTWARE.automq)
    const standIn = await there('automq')
    assert.equal(gateOf(standIn, 'migration').verdict, 'not-run')
    assert.match(standIn.left[0]?.why ?? '', /^it moved to a stand-in .*, a stand-in$/)
    moved(['migrated', 'rolled-back'], 'pass', 'automq', real)
    assert.equal(gateOf(await there('automq'), 'migration').verdict, 'pass')
    assert.equal(gateOf(await there('automq', '1.7.3'), 'migration').verdict, 'pass')
    assert.equal(gateOf(await there('automq', '1.8.0'), 'migration').verdict, 'not-run')
  })

  it('names a shipped drill that moves to the platform and can be run on what it is for', async () => {
    for (const platform of PLATFORM_NAMES) {
      const { next } = gateOf(await there(platform), 'migration')
      const [, name] = /^aftershock run ([a-z-]+)$/.exec(next ?? '') ?? []
      if (name === undefined) {
        assert.equal(
          next,
          `no drill can move to ${platform} yet: region b can be kafka, kafka-tiered and automq`,
        )
        continue
      }
      const { drill } = await loadDrill(name)
      assert.equal(drill.regions?.platform ?? 'kafka', platform)
      assert.deepEqual(drill.platforms, [DEFAULT_PLATFORM])
      assert.deepEqual(
        drill.timeline.map(({ kind }) => kind),
        ['migrate', 'roll-back'],
      )
    }
  })
})
