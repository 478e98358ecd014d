import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { describe, it } from 'mocha'
import { labIsUp, readLabState } from '../../../chaos/drivers/local/lab/lab-state.ts'
import { Folder } from '../judge/sealed-run.ts'

describe('the state of a lab that another version left', () => {
  it('is refused by whoever would use it, and is none to whoever only looks at the machine', () => {
    using folder = new Folder()
    writeFileSync(folder.path('lab.json'), JSON.stringify({ format: 1, ofAnotherVersion: true }))
    assert.throws(() => readLabState(folder.dir), /is not the state of a lab/)
    assert.equal(labIsUp(folder.dir), false)
  })
})
