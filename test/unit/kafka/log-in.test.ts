import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { type BrokerLogin, saslOptions } from '../../../chaos/kafka/broker-login.ts'
import { logIn, LoginRefused } from '../../../chaos/kafka/log-in.ts'
import { frame, int32, string } from '../../../chaos/kafka/wire.ts'
import { systemClock } from '../../../chaos/system-clock.ts'

const LOGIN: BrokerLogin = { username: 'me', password: () => 'pencil', trust: null, serverName: null }
const HEADER_BYTES = 4 + 10 + 'aftershock-probe'.length
const handshake = Buffer.concat([int32(1), Buffer.from([0, 0]), int32(1), string('PLAIN')])
const authenticated = (message: string) =>
  Buffer.concat([int32(2), Buffer.from([0, 0, 0xff, 0xff]), int32(message.length), Buffer.from(message)])

/** A broker that says these things, one after the other; what it was asked is kept, without headers. */
function broker(...answers: readonly Buffer[]) {
  const asked: string[] = []
  const left = [...answers]
  const request = async (question: Buffer) => {
    asked.push(question.subarray(HEADER_BYTES).toString('latin1'))
    return frame(left.shift() ?? Buffer.alloc(0)).subarray(4)
  }
  return { asked, request }
}

describe('logging in', () => {
  it('with PLAIN says name and password in one message', async () => {
    const talk = broker(handshake, authenticated(''))
    await logIn(talk, { ...LOGIN, mechanism: 'PLAIN' }, 100, systemClock)
    assert.deepEqual(talk.asked, ['\0\x05PLAIN', '\0\0\0\x0a\0me\0pencil'])
  })

  it('with a token shows it, and takes what a broker then says for a refusal', async () => {
    const login = { ...LOGIN, mechanism: 'OAUTHBEARER' as const, token: async () => 'abc' }
    const good = broker(handshake, authenticated(''))
    await logIn(good, login, 100, systemClock)
    assert.equal(good.asked[1]?.slice(4), 'n,,\x01auth=Bearer abc\x01\x01')
    const bad = broker(handshake, authenticated('{"status":"invalid_token"}'), authenticated(''))
    await assert.rejects(logIn(bad, login, 100, systemClock), (error: Error) => {
      assert.ok(error instanceof LoginRefused)
      assert.match(error.message, /does not take the token: .*invalid_token/)
      return true
    })
  })

  it('asks nothing where a certificate says who it is', async () => {
    const talk = broker()
    await logIn(talk, { ...LOGIN, mechanism: null }, 100, systemClock)
    assert.deepEqual(talk.asked, [])
  })

  it('is the same for kafkajs', async () => {
    assert.deepEqual(saslOptions(null), {})
    assert.deepEqual(saslOptions({ ...LOGIN, mechanism: null }), {})
    const named = (mechanism: string) => ({ sasl: { mechanism, username: 'me', password: 'pencil' } })
    assert.deepEqual(saslOptions(LOGIN), named('scram-sha-512'))
    assert.deepEqual(saslOptions({ ...LOGIN, mechanism: 'SCRAM-SHA-256' }), named('scram-sha-256'))
    assert.deepEqual(saslOptions({ ...LOGIN, mechanism: 'PLAIN' }), named('plain'))
    const { sasl } = saslOptions({
      ...LOGIN,
      username: '',
      password: () => '',
      mechanism: 'OAUTHBEARER',
      token: async () => 'abc',
    })
    assert.ok(sasl && 'oauthBearerProvider' in sasl)
    assert.deepEqual(await sasl.oauthBearerProvider(), { value: 'abc' })
  })
})
