import assert from 'node:assert/strict'
import { alterQuotaRequest, readAlteredQuota, readQuota } from '../../../chaos/kafka/client-quotas.ts'
import { fetchRightRequest, mayFetch } from '../../../chaos/kafka/fetch-right.ts'
import { addScramUsersRequest, readAddedScramUsers } from '../../../chaos/kafka/scram-users.ts'
import { refusedRight } from '../../../chaos/kafka/refused-rights.ts'

const int32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
const int16 = (value: number) => {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}
const text = (word: string | null) =>
  word === null ? int16(-1) : Buffer.concat([int16(word.length), Buffer.from(word)])
const answer = (...parts: Buffer[]) => Buffer.concat([int32(1), int32(0), ...parts])

describe('the right to fetch', () => {
  const of = (error: number) =>
    answer(int32(1), text('telemetry'), int32(1), int32(0), int16(error), Buffer.alloc(24))

  it('is what the broker says of it, whether it leads the partition or not', () => {
    assert.equal(mayFetch(of(29)), false)
    assert.equal(mayFetch(of(0)), true)
    assert.equal(mayFetch(of(6)), true)
  })

  it('is not known where the answer has no topic', () => {
    assert.equal(mayFetch(answer(int32(0))), null)
  })

  it('is asked for as a consumer does', () => {
    assert.ok(fetchRightRequest('telemetry', 3, 1).includes(Buffer.from('telemetry')))
  })
})

describe('a quota for reading', () => {
  it('was set, or refused with the broker’s words', () => {
    const said = (error: number, words: string | null) =>
      answer(int32(1), int16(error), text(words), int32(1), text('user'), text('replay'))
    assert.equal(readAlteredQuota(said(0, null)), null)
    assert.equal(readAlteredQuota(said(31, 'no')), 'no')
    assert.equal(readAlteredQuota(said(31, null)), 'error 31')
  })

  it('is read back as bytes a second, and is null where there is none', () => {
    const rate = Buffer.alloc(8)
    rate.writeDoubleBE(5000)
    const entry = [
      int32(1),
      int32(1),
      text('user'),
      text('replay'),
      int32(1),
      text('consumer_byte_rate'),
      rate,
    ]
    assert.equal(readQuota(answer(int16(0), text(null), ...entry), 'read'), 5000)
    assert.equal(readQuota(answer(int16(0), text(null), int32(0)), 'read'), null)
    assert.equal(readQuota(answer(int16(31), text('no')), 'read'), undefined)
  })

  it('is taken away by the same request with another word', () => {
    assert.equal(
      alterQuotaRequest({ kind: 'user', name: 'replay' }, 'read', 5000, 1).length,
      alterQuotaRequest({ kind: 'user', name: 'replay' }, 'read', null, 1).length,
    )
    assert.notDeepEqual(
      alterQuotaRequest({ kind: 'user', name: 'replay' }, 'read', 0, 1),
      alterQuotaRequest({ kind: 'user', name: 'replay' }, 'read', null, 1),
    )
  })
})

describe('a refusal among the errors of a client', () => {
  const protocol = (type: string) => Object.assign(new Error('Not authorized'), { type })

  it('is found wherever it was wrapped', () => {
    assert.equal(refusedRight(protocol('TOPIC_AUTHORIZATION_FAILED')), 'Not authorized')
    assert.equal(
      refusedRight(new Error('gave up', { cause: protocol('GROUP_AUTHORIZATION_FAILED') })),
      'Not authorized',
    )
  })

  it('is no other error', () => {
    assert.equal(refusedRight(protocol('NOT_LEADER_OR_FOLLOWER')), null)
    assert.equal(refusedRight(new Error('connection closed')), null)
    assert.equal(refusedRight(undefined), null)
  })
})

describe('logins that are added to a cluster', () => {
  const compact = (word: string | null) =>
    word === null ? Buffer.from([0]) : Buffer.concat([Buffer.from([word.length + 1]), Buffer.from(word)])
  const said = (error: number, words: string | null) =>
    Buffer.concat([
      int32(1),
      Buffer.from([0]), // tags of the header
      int32(0),
      Buffer.from([2]),
      compact('replay'),
      int16(error),
      compact(words),
      Buffer.from([0, 0]),
    ])

  it('were added, or refused with the name and the broker’s words', () => {
    assert.equal(readAddedScramUsers(said(0, null)), null)
    assert.equal(readAddedScramUsers(said(31, 'not yours')), 'replay: not yours')
    assert.equal(readAddedScramUsers(said(91, null)), 'replay: error 91')
  })

  it('are sent as what brokers keep of a password, whose length takes two bytes from 127 on', () => {
    const user = {
      name: 'replay',
      iterations: 4096,
      salt: Buffer.alloc(16, 1),
      saltedPassword: Buffer.alloc(200, 2),
    }
    const request = addScramUsersRequest([user], 1)
    const body = [
      Buffer.from([0, 1, 2, 7]), // tags, nobody is deleted, one is added, six letters
      Buffer.from('replay'),
      Buffer.from([2]),
      int32(4096),
      Buffer.from([17]),
      user.salt,
      Buffer.from([0xc9, 0x01]),
      user.saltedPassword,
      Buffer.from([0, 0]),
    ]
    assert.ok(request.subarray(-Buffer.concat(body).length).equals(Buffer.concat(body)))
  })
})
