import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import {
  type Place,
  reachRefusals,
  refusals,
  refuseIf,
  type Window,
} from '../../../chaos/drivers/aws/guards.ts'
import { deployedInventory } from './memory-account.ts'

const WINDOW: Window = { days: ['mon', 'tue'], from: '09:00', to: '16:00', timeZone: 'Europe/Berlin' }
const PLACE: Place = {
  environment: 'kafka',
  account: '123456789012',
  region: 'eu-west-1',
  zones: ['az-a', 'az-b', 'az-c'],
  window: null,
}
const HOUR_MS = 3_600_000
/** Monday, 10:30 in Berlin in winter. */
const MONDAY = Date.parse('2026-11-30T09:30:00Z')
const facts = (more: Partial<Parameters<typeof refusals>[1]> = {}) => ({
  account: '123456789012',
  nowMs: MONDAY,
  forMs: HOUR_MS,
  ...more,
})

describe('the guards of a drill on AWS', () => {
  it('let a drill into the account of the file, and into no other', () => {
    assert.deepEqual(refusals(PLACE, facts()), [])
    assert.deepEqual(refusals(PLACE, facts({ account: '999999999999' })), [
      'account: kafka is in account 123456789012 (eu-west-1), and these credentials are of 999999999999',
    ])
  })

  it('refuse an environment whose file names no account', () => {
    assert.deepEqual(refusals({ ...PLACE, account: null }, facts()), [
      "account: the file of kafka names none; add account: '123456789012' to it, if it is that one",
    ])
  })

  it('keep a drill within the hours, where they are, from its beginning to its end', () => {
    const place = { ...PLACE, window: WINDOW }
    assert.deepEqual(refusals(place, facts()), [])
    for (const [nowMs, forMs, why] of [
      [
        MONDAY - 2 * HOUR_MS,
        HOUR_MS,
        /window: it is mon 08:30 there, and the window is mon, tue from 09:00 to 16:00/,
      ],
      [MONDAY + 5 * HOUR_MS, HOUR_MS, /window: the drill would last until mon 16:30/],
      [MONDAY, 24 * HOUR_MS, /window: the drill would last until tue 10:30/],
      [MONDAY + 48 * HOUR_MS, HOUR_MS, /window: it is wed 10:30/],
    ] as const) {
      const [reason = ''] = refusals(place, facts({ nowMs, forMs }))
      assert.match(reason, why)
    }
    // In summer, when Berlin is two hours ahead, the same hour of UTC is another one there.
    const summer = Date.parse('2026-06-29T07:30:00Z')
    assert.deepEqual(refusals(place, facts({ nowMs: summer })), [])
  })

  it('refuse more than one zone at once, unless the drill names it', () => {
    const found = deployedInventory()
    const machines = ['kafka-1', 'kafka-2']
    assert.deepEqual(reachRefusals(found, { machines, zones: [], named: false }), [
      'zones: it takes az-a and az-b, and one zone is the limit',
    ])
    assert.deepEqual(reachRefusals(found, { machines, zones: [], named: true }), [])
    assert.deepEqual(reachRefusals(found, { machines: ['kafka-1'], zones: ['az-a'], named: false }), [])
  })

  it('refuse a zone beside a controller that is away already: that would be the quorum', () => {
    const found = deployedInventory()
    const lame = {
      ...found,
      machines: found.machines.map(one => (one.id === 'i-controller-2' ? { ...one, state: 'stopped' } : one)),
    }
    assert.deepEqual(reachRefusals(found, { machines: [], zones: ['az-a'], named: false }), [])
    assert.deepEqual(reachRefusals(lame, { machines: [], zones: ['az-a'], named: false }), [
      'quorum: controller-1, controller-2 would be away, 2 of 3 voters',
    ])
  })

  it('refuse what has not the tags, by its name', () => {
    const found = deployedInventory('automq')
    const mine = { ...found, environment: 'kafka' }
    assert.deepEqual(reachRefusals(mine, { machines: ['kafka-1'], zones: ['az-a'], named: false }), [
      'tags: there is no machine kafka-1 with chaos-ready=true and environment=kafka',
      'tags: no subnet of az-a has chaos-ready=true and environment=kafka',
    ])
  })

  it('end with 75 and every reason at once', () => {
    assert.throws(() => refuseIf(['account: other', 'window: closed'], 'the drill'), {
      code: 'refused',
      message: 'the drill: nothing was touched\n  account: other\n  window: closed',
    })
    refuseIf([], 'the drill')
  })
})
