import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { PLATFORM_NAMES } from '../../../chaos/platforms/index.ts'
import { repeatOrder } from '../../../chaos/compare/repeat-order.ts'

describe('the order of repeats', () => {
  it('begins each round with the next platform', () => {
    const order = repeatOrder(['kafka', 'kafka-tiered', 'automq'], 3)
    assert.deepEqual(
      order.map(({ platform, number }) => `${platform}/${number}`),
      'kafka/1 kafka-tiered/1 automq/1 kafka-tiered/2 automq/2 kafka/2 automq/3 kafka/3 kafka-tiered/3'.split(
        ' ',
      ),
    )
  })

  it('gives each platform each place in a round, equally often, give or take one', () => {
    const some = fc.subarray([...PLATFORM_NAMES], { minLength: 1 })
    fc.assert(
      fc.property(some, fc.integer({ min: 1, max: 20 }), (platforms, repeat) => {
        const order = repeatOrder(platforms, repeat)
        assert.equal(
          new Set(order.map(run => `${run.platform}/${run.number}`)).size,
          platforms.length * repeat,
        )
        const places = (platform: string) =>
          platforms.map(
            (_, place) =>
              order.filter((run, index) => run.platform === platform && index % platforms.length === place)
                .length,
          )
        for (const platform of platforms)
          assert.ok(Math.max(...places(platform)) - Math.min(...places(platform)) <= 1)
      }),
    )
  })
})
