import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { AftershockError } from '../../../chaos/core/errors.ts'
import { PLATFORM_NAMES, type PlatformName } from '../../../chaos/platforms/index.ts'
import { processorSchema } from '../../../chaos/core/processor.ts'
import { loadDrill } from '../../../chaos/drill/load-drill.ts'
import { environmentOf } from '../../../chaos/drivers/index.ts'
import { checkDrill } from '../../../chaos/run/check-drill.ts'

const fits = async (name: string) => {
  const loaded = await loadDrill(name)
  // With a store on each, so that only what the drill says of platforms decides.
  const outline = environmentOf('local').outline(loaded.drill, 'kafka-tiered')
  const fitting: PlatformName[] = []
  for (const platform of PLATFORM_NAMES) {
    try {
      await checkDrill(loaded, { ...outline, platform }, { seed: 'a seed', allowCommands: false })
      fitting.push(platform)
    } catch (error) {
      assert.ok(error instanceof AftershockError)
      assert.equal(error.code, 'refused')
      assert.match(error.message, new RegExp(`^${name} is meant for `))
      assert.match(error.hint ?? '', /--platform kafka-tiered/)
    }
  }
  return fitting
}

describe('a drill that names a processor of its own', () => {
  it('is refused unless commands are allowed, with what would run', async () => {
    const loaded = await loadDrill('processor-kill')
    const processor = processorSchema.parse({ command: ['./our-processor', '--quiet'] })
    const own = { ...loaded, drill: { ...loaded.drill, processor } }
    const outline = environmentOf('local').outline(own.drill, 'kafka')
    const check = (allowCommands: boolean) => checkDrill(own, outline, { seed: 'a seed', allowCommands })
    await assert.rejects(check(false), /the processor is "\.\/our-processor --quiet"/)
    await check(true)
  })
})

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
    assert.deepEqual(await fits('s3-outage'), [...PLATFORM_NAMES])
  })
})
