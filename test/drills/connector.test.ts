import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { killWhen } from '../local/connector-run.ts'
import { processesOf, workplace } from '../local/program.ts'

describe('a run with a connector, in a lab of its own', function () {
  this.timeout(300_000)

  it('leaves nothing of it when it is killed with kill -9', async () => {
    using place = workplace()
    await killWhen(place, join(place.dir, 'run'), 'connector.started')
    assert.deepEqual(processesOf(place), [])
    assert.equal(existsSync(place.labDir), false)
  })
})
