import assert from 'node:assert/strict'
import { gateOf } from '../../../chaos/numbers/index.ts'
import { known, type Measured, notKnown } from '../../../chaos/record/measured.ts'
import type { Measurements } from '../../../chaos/record/measurements.ts'

/** What the gate reads of one fault that took so many sessions. */
function reading(gate: string, sessionsLost: Measured, dimension: string) {
  const storm = { sessionsLost, sessionsBackMs: known(0), refused: known(0) }
  const measurements = { faults: [{ id: 'one', dimension, storm }] } as unknown as Measurements
  return gateOf(gate).read({ measurements, audit: null }, {})[0]
}

describe('gates on a storm', () => {
  for (const gate of ['sessions-back-seconds', 'sessions-refused']) {
    it(`have no value where the fault was to take sessions and took none: ${gate}`, () => {
      const found = reading(gate, known(0), 'device-reconnect-storm')
      assert.deepEqual([found?.value, found?.applies], [null, undefined])
      assert.match(found?.why ?? '', /no device lost its session/)
    })

    it(`do not apply to faults that take none: ${gate}`, () => {
      assert.equal(reading(gate, known(0), 'broker-loss')?.applies, false)
    })

    it(`judge whatever took sessions, also where nobody knows how many: ${gate}`, () => {
      assert.equal(reading(gate, known(7), 'broker-loss')?.value, 0)
      assert.equal(reading(gate, notKnown('the file is missing'), 'device-reconnect-storm')?.value, 0)
    })
  }
})
