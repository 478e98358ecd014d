import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { differences } from '../../../chaos/commands/gameday-deployed.ts'
import type { GameDay } from '../../../chaos/gameday/calendar.ts'
import type { DeployedDay } from '../../../chaos/gameday/deployed/deployed-days.ts'
import * as own from '../../../chaos/gameday/deployed/deployed-names.ts'
import * as deployed from '../../../lib/gamedays/names.ts'

const DAY = {
  id: 'zone',
  at: '2027-01-14T09:00:00Z',
  environment: 'kafka',
  owner: 'Dana',
  drill: 'zone-cut',
  approvers: ['Noor'],
} as unknown as GameDay
const THERE: DeployedDay = {
  id: 'zone',
  expression: { expression: 'at(2027-01-14T09:00:00)', timeZone: 'UTC' },
  nextMs: Date.parse(DAY.at),
  isEnabled: true,
  approved: true,
  owner: 'Dana',
  drill: 'zone-cut',
}

describe('a calendar beside what is deployed of it', () => {
  it('says when each day begins by itself', () => {
    assert.deepEqual(
      differences([DAY, { ...DAY, id: 'elsewhere', environment: 'automq' }], 'kafka', [THERE]),
      ['zone: begins there by itself, at 2027-01-14 09:00 UTC'],
    )
  })

  for (const [change, said] of [
    [{ id: 'other' }, /^zone: is not scheduled there$/],
    [{ isEnabled: false }, /disabled/],
    [{ nextMs: null }, /does not begin again/],
    [
      { nextMs: Date.parse('2027-01-15T09:00:00Z') },
      /begins there at 2027-01-15 09:00 UTC, and not at 2027-01-14/,
    ],
    [{ owner: 'Ali' }, /with the owner Ali/],
    [{ drill: 'broker-stop' }, /with the drill broker-stop/],
    [{ approved: false }, /needs no approval there/],
  ] as const)
    it(`says what differs: ${said}`, () => {
      assert.match(differences([DAY], 'kafka', [{ ...THERE, ...change }])[0] ?? '', said)
    })

  it('names what is deployed and in no calendar', () => {
    assert.deepEqual(differences([], 'kafka', [THERE]), [
      'zone: is scheduled there (2027-01-14 09:00 UTC), and not in this calendar',
    ])
  })

  it('looks where the stack puts it', () => {
    assert.equal(own.approvalParameter('kafka', 'zone'), deployed.approvalParameter('kafka', 'zone'))
    assert.equal(own.waitingParameter('kafka', 'zone'), deployed.waitingParameter('kafka', 'zone'))
    assert.equal(own.dayGroup('kafka'), deployed.dayGroup('kafka'))
  })
})
