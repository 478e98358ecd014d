import assert from 'node:assert/strict'
import { type Incident, laneTexts } from '../../../chaos/page/panels.ts'

/** Bars at these places, in pixels, each 10 wide. */
type Bar = readonly [at: number, role: Incident['role']]
const bars = (...given: readonly Bar[]): Incident[] =>
  given.map(([fromMs, role], index) => ({
    number: index + 1,
    id: `bar-${index}`,
    label: role === 'fault' ? 'broker-kill' : 'replay',
    role,
    fromMs,
    toMs: fromMs + 10,
    provenMs: null,
    summary: '',
  }))
const texts = (...given: readonly Bar[]) => laneTexts(bars(...given), t => t, 500)

describe('the texts above the bars of a chart', () => {
  it('are a number, and a name where there is room', () => {
    assert.deepEqual(texts([0, 'fault'], [200, 'action']), ['1 broker-kill', '2 replay'])
    assert.deepEqual(texts([0, 'fault'], [40, 'action']), ['1', '2 replay'])
  })

  it('never run into each other', () => {
    assert.deepEqual(texts([0, 'action'], [5, 'action'], [30, 'action']), ['1', '', '3 replay'])
  })

  it('leave out what is no fault first', () => {
    assert.deepEqual(texts([0, 'action'], [5, 'fault'], [12, 'action']), ['', '2', ''])
  })
})
