import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { AftershockError } from '../../../chaos/core/errors.ts'
import { PLATFORMS } from '../../../chaos/core/platform.ts'
import { loadDrill } from '../../../chaos/drill/load-drill.ts'
import { refuseUnmeantPlatform } from '../../../chaos/run/meant-for.ts'

const fits = async (name: string) => {
  const loaded = await loadDrill(name)
  return PLATFORMS.filter(platform => {
    try {
      refuseUnmeantPlatform(loaded, platform)
      return true
    } catch (error) {
      assert.ok(error instanceof AftershockError)
      assert.equal(error.code, 'refused')
      assert.match(error.message, new RegExp(`^${name} is meant for `))
      assert.match(error.hint ?? '', /--platform kafka-tiered/)
      return false
    }
  })
}

describe('a drill for a tier', () => {
  it('is refused on every platform that has none, and not on the one that has', async () => {
    for (const name of [
      'tier-away',
      'tier-away-cold-read',
      'tier-away-cold-read-refuse',
      'tier-slow-cold-read',
    ])
      assert.deepEqual(await fits(name), ['kafka-tiered'], name)
  })

  it('differs from one that says nothing of platforms, which fits all', async () => {
    assert.deepEqual(await fits('s3-outage'), [...PLATFORMS])
  })
})
