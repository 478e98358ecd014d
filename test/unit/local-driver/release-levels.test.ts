import assert from 'node:assert/strict'
import { parseLevels } from '../../../chaos/drivers/local/nodes/release-levels.ts'

describe('levels that belong to a release', () => {
  it('are read as its own tool prints them, with the name of a level or without', () => {
    const said = 'metadata.version=30 (4.3-IV0)\nkraft.version=1\ntransaction.version=2\n'
    assert.deepEqual(parseLevels(said), {
      'metadata.version': 30,
      'kraft.version': 1,
      'transaction.version': 2,
    })
  })

  it('are none where it says something else', () => {
    assert.deepEqual(parseLevels('Unknown command version-mapping=1\n'), {})
  })
})
