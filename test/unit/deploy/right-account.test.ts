import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { AwsAccount } from '../../../lib/deploy/account.ts'
import { AftershockError } from '../../../chaos/core/errors.ts'
import { rightAccount } from '../../../lib/deploy/with-assembly.ts'
import { loadEnvironment } from '../../../lib/environment.ts'

const aws: AwsAccount = {
  caller: () => Promise.resolve({ account: '123456789012', arn: 'arn:aws:iam::123456789012:user/me' }),
  stacks: () => Promise.resolve([]),
  template: () => Promise.resolve('{}'),
}

describe('the account in which something is about to be done', () => {
  const said: string[] = []
  const options = { aws, err: (text: string) => said.push(text) }

  it('is said first, with the region and whose credentials these are', async () => {
    await rightAccount(loadEnvironment('lab'), 'created', options)
    assert.deepEqual(said, ['account 123456789012, region eu-west-1, as arn:aws:iam::123456789012:user/me\n'])
  })

  it('may be any where the environment names none, and is else that one', async () => {
    const caller = await rightAccount(
      { ...loadEnvironment('lab'), account: '123456789012' },
      'created',
      options,
    )
    assert.equal(caller.account, '123456789012')
  })

  it('is refused when the environment is for another', async () => {
    await assert.rejects(
      rightAccount({ ...loadEnvironment('lab'), account: '210987654321' }, 'removed', options),
      (error: unknown) => {
        assert.ok(error instanceof AftershockError)
        assert.equal(error.code, 'refused')
        assert.match(error.message, /nothing was removed: .* for account 210987654321, .* for 123456789012$/)
        assert.match(error.hint ?? '', /AWS_PROFILE/)
        return true
      },
    )
  })
})
