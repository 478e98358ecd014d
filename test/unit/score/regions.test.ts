import assert from 'node:assert/strict'
import type { Judged } from '../../../chaos/numbers/reading.ts'
import { REGION_NUMBERS } from '../../../chaos/numbers/regions.ts'
import type { Measurements } from '../../../chaos/record/measurements.ts'
import { MIGRATION, REGION_LOSS, regionChecks } from '../../../chaos/score/region-checks.ts'
import { ids, measured, type PlantedRegions } from './region-cases.ts'

const COUNTS = ['lost', 'lostEverywhere', 'repeated', 'outOfOrder', 'reread', 'skipped'] as const
async function counted(planted: PlantedRegions) {
  const found = await measured(planted)
  return Object.fromEntries(COUNTS.map(name => [name, found[name].value]))
}
const NOTHING = { lost: 0, lostEverywhere: 0, repeated: 0, outOfOrder: 0, reread: 0, skipped: 0 }

describe('two regions, as a run tells them', () => {
  it('are whole where all was mirrored, devices went on, and the group began where it was', async () => {
    const found = await measured()
    assert.deepEqual(await counted({}), NOTHING)
    assert.deepEqual(found.acked, { a: 10, b: 2 })
    assert.deepEqual([found.lostMs.value, found.recoveryMs.value, found.checkpointMs.value], [0, 4000, 0])
    assert.equal(found.newestAckedAt, 1900)
  })

  it('are the same by content where the mirror names topics otherwise', async () => {
    assert.deepEqual(await counted({ policy: 'default' }), NOTHING)
  })

  it('tell what came to region b by second, as a mean where it did not answer for a while', async () => {
    const { bySecond } = await measured({
      looks: [
        [5500, 100],
        [6500, 110],
        [7600, null],
        [10_500, 190],
        [11_500, 190],
      ],
    })
    assert.deepEqual(
      bySecond.filter(([t]) => t > 6000 && t <= 12_000).map(([, , , came]) => came),
      [10, 20, 20, 20, 20, 0],
    )
    assert.equal(bySecond.find(([t]) => t === 6000)?.[3], null)
  })

  it('tell what region a had acknowledged and region b lacks, by count and by time', async () => {
    const storedInB = [...ids('d1', 1, 6), ...ids('d1', 11, 12)]
    assert.deepEqual(await counted({ storedInB, translated: 6, committed: 6 }), { ...NOTHING, lost: 4 })
    const { lostMs, newestMissing, oldestMissing, devices } = await measured({ storedInB })
    assert.deepEqual([lostMs.value, oldestMissing?.id, newestMissing?.id], [300, 'd1/1/7', 'd1/1/10'])
    assert.deepEqual(devices, [{ device: 'd1', lost: 4, repeated: 0, outOfOrder: 0 }])
  })

  it('tell a record that neither has', async () => {
    assert.deepEqual(
      await counted({ storedInA: ids('d1', 1, 9), storedInB: [...ids('d1', 1, 9), ...ids('d1', 11, 12)] }),
      {
        ...NOTHING,
        lost: 1,
        lostEverywhere: 1,
      },
    )
  })

  it('tell what is there twice, and what a late mirror brought behind newer records', async () => {
    assert.deepEqual(
      await counted({
        storedInB: [...ids('d1', 1, 8), ...ids('d1', 11, 12), ...ids('d1', 9, 10), 'd1/1/12'],
      }),
      { ...NOTHING, repeated: 1, outOfOrder: 2 },
    )
  })

  it('tell what is read again, and what is passed over', async () => {
    assert.deepEqual(await counted({ translated: 5 }), { ...NOTHING, reread: 3 })
    assert.deepEqual(await counted({ translated: null }), { ...NOTHING, reread: 8 })
    assert.deepEqual(await counted({ translated: 10 }), { ...NOTHING, skipped: 2 })
  })

  it('know nothing where region b was not read whole, or was never read', async () => {
    for (const planted of [{ isTorn: true }, { storedInB: [] }]) {
      const found = await measured(planted)
      for (const name of COUNTS) assert.equal(found[name].value, null, name)
      assert.match(found.lost.why ?? '', /regions\/stored\.jsonl/)
    }
  })
})

describe('the newest checkpoint of a run', () => {
  it('is behind by the commits that it does not cover', async () => {
    assert.equal((await measured({ checkpoints: [[4, 8500]] })).checkpointMs.value, 1000)
  })

  it('is not known, and fails every limit below the age of the first commit, where there is none', async () => {
    const { checkpointMs, withoutCheckpoint } = await measured({ checkpoints: [] })
    assert.equal(checkpointMs.value, null)
    assert.equal(checkpointMs.atLeast, 2000)
    assert.deepEqual(withoutCheckpoint, ['telemetry/0'])
  })

  it('counts only when it was there before the region was lost', async () => {
    const late = [
      [4, 8500],
      [8, 10_500],
    ] as const
    assert.equal((await measured({ checkpoints: late })).checkpointMs.value, 1000)
  })
})

describe('devices and consumers that came back', () => {
  /** What b was given since was copied into a, and devices went on there. */
  const storedInA = ids('d1', 1, 14)
  const ackedByA = ids('d1', 13, 14)

  it('have lost nothing where all of it was copied back, and what a acknowledges later is not missed in b', async () => {
    assert.deepEqual(await counted({ storedInA, home: { ackedByA } }), NOTHING)
    const { moves, recoveryMs } = await measured({ storedInA, home: { ackedByA } })
    assert.deepEqual(
      moves.map(({ kind, from, to, recoveryMs: took }) => [kind, from, to, took.value]),
      [
        ['fail-over', 'a', 'b', 4000],
        // From when devices were held.
        ['fail-back', 'b', 'a', 5900],
      ],
    )
    assert.equal(recoveryMs.value, 5900)
  })

  it('tell what region b had acknowledged and region a lacks, beside what was lost on the way there', async () => {
    const found = await measured({
      storedInA: [...ids('d1', 1, 11), ...ids('d1', 13, 14)],
      storedInB: [...ids('d1', 1, 9), ...ids('d1', 11, 12)],
      home: { ackedByA },
    })
    assert.deepEqual(
      found.moves.map(({ lost }) => lost.value),
      [1, 1],
    )
    assert.equal(found.lost.value, 2)
    assert.equal(found.lostEverywhere.value, 0)
  })

  it('tell what is read again and passed over on both ways together', async () => {
    assert.deepEqual(await counted({ storedInA, translated: 5, home: { ackedByA, start: 10 } }), {
      ...NOTHING,
      reread: 3 + 2,
    })
    assert.deepEqual(await counted({ storedInA, home: { ackedByA, committedInB: 11 } }), {
      ...NOTHING,
      skipped: 1,
    })
  })

  it('have not come back at the step that failed: nothing is missed in a, and the time is open', async () => {
    const home = { kind: 'roll-back', failedAt: 'reverse' } as const
    const found = await measured({ home })
    assert.deepEqual([found.lost.value, found.recoveryMs.value, found.moves[1]?.hasLeft], [0, null, false])
    const measurements = { regions: found } as unknown as Measurements
    assert.deepEqual(
      regionChecks(measurements, MIGRATION).map(({ check, verdict, why }) => [check, verdict, why]),
      [['rolled-back', 'fail', 'the step reverse was not completed: there is none']],
    )
    assert.match(
      REGION_NUMBERS['region-recovery-seconds'].next({ measurements, audit: null }),
      /^The step reverse of roll-back-3 failed after 0\.9 s: there is none/,
    )
  })
})

describe('a mirror that copies its own records', () => {
  it('fails the run, whatever its numbers are', async () => {
    const found = await measured()
    const checks = (isQuiet: boolean | null) =>
      regionChecks({ regions: { ...found, isQuiet } } as unknown as Measurements, REGION_LOSS)
        .filter(({ check }) => check === 'mirror-ends')
        .map(({ verdict }) => verdict)
    assert.deepEqual([checks(true), checks(null), checks(false)], [[], [], ['fail']])
  })
})

describe('a fail-over that was not completed', () => {
  const judged = async (planted: PlantedRegions): Promise<Judged> => ({
    measurements: { regions: await measured(planted) } as unknown as Measurements,
    audit: null,
  })

  it('has no recovery time, and took longer than all that was seen', async () => {
    const { recoveryMs } = await measured({ failedAt: 'devices' })
    assert.deepEqual([recoveryMs.value, recoveryMs.atLeast], [null, 70_000])
  })

  it('is a failure that names the step', async () => {
    const { measurements } = await judged({ failedAt: 'devices' })
    const [check] = regionChecks(measurements, REGION_LOSS)
    assert.deepEqual([check?.verdict, check?.shown], ['fail', 'stopped at devices'])
    assert.match(check?.why ?? '', /the step devices was not completed: waited 60 s/)
  })

  it('is no check where every step was completed, but for the one that says so', async () => {
    const { measurements } = await judged({})
    assert.deepEqual(
      regionChecks(measurements, REGION_LOSS).map(({ verdict, shown }) => [verdict, shown]),
      [['pass', '4 steps in 3.5 s']],
    )
  })

  it('is named by the advice on the time that it took', async () => {
    const { next } = REGION_NUMBERS['region-recovery-seconds']
    assert.match(
      next(await judged({ failedAt: 'devices' })),
      /^The step devices failed after 0\.9 s: waited 60 s/,
    )
  })
})

describe('the numbers of a run with one region', () => {
  it('do not apply', () => {
    for (const [name, { read }] of Object.entries(REGION_NUMBERS)) {
      const [reading] = read({ measurements: {} as Measurements, audit: null }, {})
      assert.equal(reading?.applies, false, name)
      assert.equal(reading?.value, null, name)
    }
  })
})
