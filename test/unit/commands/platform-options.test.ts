import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { platformChoice, type PlatformOptions } from '../../../chaos/commands/platform-options.ts'
import type { Io } from '../../../chaos/commands/io.ts'
import { AftershockError } from '../../../chaos/core/errors.ts'

const choose = (options: PlatformOptions) => platformChoice(options, { cwd: '/downloads' } as Io)

describe('the choice of a platform', () => {
  it('takes what the user brings for it, from where the user stands', () => {
    assert.deepEqual(choose({ platform: 'kafka' }), { platform: 'kafka' })
    assert.deepEqual(choose({ platform: 'automq-router', automqDist: 'automq.tgz' }), {
      platform: 'automq-router',
      automqDist: '/downloads/automq.tgz',
    })
    assert.deepEqual(choose({ platform: 'kafka-tiered', tieredPlugin: '../plugin' }), {
      platform: 'kafka-tiered',
      tieredPlugin: '/plugin',
    })
  })

  it('takes a version of what Maven has', () => {
    assert.deepEqual(choose({ platform: 'kafka@4.4.0' }), { platform: 'kafka', version: '4.4.0' })
    assert.deepEqual(choose({ platform: 'kafka-tiered@4.2.0', tieredPlugin: '/plugin' }), {
      platform: 'kafka-tiered',
      version: '4.2.0',
      tieredPlugin: '/plugin',
    })
  })

  for (const [platform, message, hint] of [
    ['kafak@4.4.0', /'kafak@4\.4\.0'/, /did you mean kafka@4\.4\.0\?/],
    ['kafka@', /no version/, /kafka@4\.4\.0/],
    ['kafka@4.4', /no version/, /kafka@4\.3\.1/],
    ['kafka@4.4.0@4.4.0', /no version/, /kafka@4\.3\.1/],
    ['kafka@3.9.1', /oldest version that can be run is 4\.0\.0/, /kafka@4\.0\.0/],
    ['kafka-tiered@4.1.1', /oldest version that can be run is 4\.2\.0/, /kafka-tiered@4\.2\.0/],
    ['automq@1.7.3', /comes with its distribution/, /--automq-dist/],
    ['@4.4.0', /'@4\.4\.0'/, /it is one of kafka, /],
  ] as const)
    it(`refuses ${platform}, and says what to write`, () => {
      assert.throws(
        () => choose({ platform }),
        (error: unknown) => {
          assert.ok(error instanceof AftershockError)
          assert.equal(error.code, 'usage')
          assert.match(error.message, message)
          assert.match(error.hint ?? '', hint)
          return true
        },
      )
    })

  for (const [platform, brought, hint] of [
    ['kafka', { automqDist: 'automq.tgz' }, /--platform automq or --platform automq-router/],
    ['kafka-tiered', { automqDist: 'automq.tgz' }, /--platform automq /],
    ['kafka', { tieredPlugin: 'plugin' }, /--platform kafka-tiered/],
    ['automq', { tieredPlugin: 'plugin' }, /--platform kafka-tiered/],
  ] as const)
    it(`refuses ${Object.keys(brought).join()} for ${platform}, which would not use it, and says for which it is`, () => {
      assert.throws(
        () => choose({ platform, ...brought }),
        (error: unknown) => {
          assert.ok(error instanceof AftershockError)
          assert.equal(error.code, 'usage')
          assert.match(error.message, new RegExp(`is not for the platform ${platform}$`))
          assert.match(error.hint ?? '', hint)
          return true
        },
      )
    })
})
