import assert from 'node:assert/strict'
import { badFirmware } from '../../../chaos/faults/bad-firmware.ts'
import type { StoredReading } from '../../../chaos/core/firmware.ts'
import { fakeDriver, fakeWorld } from './fake-driver.ts'
import { begin } from './fault-life.ts'

const parse = (does: object, more: object = {}) => badFirmware.spec.parse({ share: 0.02, does, ...more })

const QUIET: StoredReading = {
  records: 40,
  othersRecords: 1960,
  devices: 20,
  malformed: 0,
  othersMalformed: 0,
  version2: 0,
  repeated: 0,
  restarted: 0,
  aheadMs: { least: -90, most: 0 },
}

/** Whether `now` proves it, and whether it shows that it is over. */
async function judged(does: object, now: Partial<StoredReading>, before: Partial<StoredReading> = {}) {
  const { target } = await begin(badFirmware, fakeDriver(fakeWorld()), parse(does))
  const [was, is] = [
    { ...QUIET, ...before },
    { ...QUIET, ...now },
  ]
  return [badFirmware.isEffective(is, was, target), badFirmware.isHealed(is, was, target)]
}

describe('wrong firmware', () => {
  it('is seen by what it does, and by nothing else', async () => {
    const hour = 3_600_000
    assert.deepEqual(await judged({ clock: '2h' }, { aheadMs: { least: 2 * hour - 80, most: 2 * hour } }), [
      true,
      false,
    ])
    assert.deepEqual(await judged({ clock: '2h' }, { aheadMs: { least: -80, most: 2 * hour } }), [
      false,
      false,
    ])
    assert.deepEqual(await judged({ clock: '-2h' }, { aheadMs: { least: 2 * hour, most: 2 * hour } }), [
      false,
      false,
    ])
    assert.deepEqual(await judged({ clock: 'dead' }, { aheadMs: { least: -1.7e12, most: -1.7e12 } }), [
      true,
      false,
    ])
    assert.deepEqual(await judged({ clock: '-2h' }, {}), [false, true])
    assert.deepEqual(await judged({ restartsSequence: true }, { restarted: 20 }), [true, false])
    assert.deepEqual(await judged({ restartsSequence: true }, { restarted: 9 }), [false, false])
    assert.deepEqual(await judged({ repeats: 0.5 }, { repeated: 18 }), [true, false])
    assert.deepEqual(await judged({ repeats: 0.5 }, { repeated: 2 }), [false, false])
    assert.deepEqual(await judged({ malformed: 0.5 }, { malformed: 18 }), [true, false])
    assert.deepEqual(await judged({ malformed: 0.5 }, { othersMalformed: 18 }), [false, true])
    assert.deepEqual(await judged({ flood: 5 }, { records: 190 }), [true, false])
  })

  it('is not proven by all of what it was to do but one', async () => {
    const both = { repeats: 0.5, malformed: 0.5 }
    assert.deepEqual(await judged(both, { malformed: 18 }), [false, false])
    assert.deepEqual(await judged(both, { malformed: 18, repeated: 18 }), [true, false])
  })

  it('is no flood where all devices send as many more', async () => {
    assert.deepEqual(await judged({ flood: 5 }, { records: 200, othersRecords: 9800 }), [false, true])
  })

  it('is neither proven nor healed by devices of which nobody hears', async () => {
    const silent = { records: 0, devices: 0, aheadMs: null }
    assert.deepEqual(await judged({ malformed: 0.5 }, silent), [false, false])
    assert.deepEqual(await judged({ clock: '2h' }, silent), [false, false])
  })

  it('is not begun where chance could hide it, or where it is so already', async () => {
    const { target } = await begin(badFirmware, fakeDriver(fakeWorld()), parse({ malformed: 0.1 }))
    assert.match(
      badFirmware.doubt?.(QUIET, target) ?? '',
      /^one look would have 4\.0 records of theirs that are none, and takes 5/,
    )
    assert.match(
      badFirmware.doubt?.({ ...QUIET, malformed: 1 }, target) ?? '',
      /^1 records of theirs that are none within one look before/,
    )
    assert.match(
      badFirmware.doubt?.({ ...QUIET, devices: 9 }, target) ?? '',
      /^of 20 devices no more than 9 were heard of/,
    )
  })

  it('is on the devices that the seed draws, all of them named to the run', async () => {
    const [one, same, other] = await Promise.all(
      ['a', 'a', 'b'].map(seed => begin(badFirmware, fakeDriver(fakeWorld()), parse({ flood: 2 }), seed)),
    )
    assert.deepEqual(one?.target, same?.target)
    assert.notDeepEqual(one?.target, other?.target)
    assert.match(
      one?.target.summary ?? '',
      /^20 devices \(d\d+, d\d+, d\d+, d\d+, d\d+ and 15 more\): 2 times as many records$/,
    )
  })

  it('has to do something', () => {
    for (const does of [{}, { clock: '10s' }, { flood: 1 }, { restartsSequence: false }])
      assert.throws(() => parse(does))
  })
})
