import assert from 'node:assert/strict'
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { describe, it } from 'mocha'
import { ScramClient } from '../../../chaos/kafka/scram.ts'

const SALT = Buffer.from('a salt of the broker')

/** The broker's side, from what it stores: it never sees the password (RFC 5802, section 3). */
function broker(password: string, clientFirst: string, iterations = 4096) {
  const salted = pbkdf2Sync(password, SALT, iterations, 64, 'sha512')
  const storedKey = createHash('sha512').update(hmac(salted, 'Client Key')).digest()
  const bare = clientFirst.slice('n,,'.length)
  const challenge = `${bare.slice(bare.indexOf('r='))}broker,s=${SALT.toString('base64')},i=${iterations}`
  return {
    challenge,
    answer(clientFinal: string): string {
      const [withoutProof = '', proof = ''] = clientFinal.split(',p=')
      const message = `${bare},${challenge},${withoutProof}`
      const signature = hmac(storedKey, message)
      const key = Buffer.from(
        Buffer.from(proof, 'base64').map((byte, at) => byte ^ (signature[at] as number)),
      )
      if (!createHash('sha512').update(key).digest().equals(storedKey)) return 'e=invalid-proof'
      return `v=${hmac(hmac(salted, 'Server Key'), message).toString('base64')}`
    },
  }
}

describe('a login with SCRAM', () => {
  it('convinces a broker that knows the password, and is convinced by it', async () => {
    const client = new ScramClient('device', 'pencil', 'nonce')
    const server = broker('pencil', client.first())
    client.verify(server.answer(await client.final(server.challenge)))
    assert.equal(client.first(), 'n,,n=device,r=nonce')
  })

  it('does not convince a broker that knows another password', async () => {
    const client = new ScramClient('device', 'pencil', 'nonce')
    const server = broker('crayon', client.first())
    assert.equal(server.answer(await client.final(server.challenge)), 'e=invalid-proof')
  })

  it('refuses a server that only pretends to know the password', async () => {
    const client = new ScramClient('device', 'pencil', 'nonce')
    const server = broker('crayon', client.first())
    await client.final(server.challenge)
    for (const words of ['v=', `v=${Buffer.alloc(64).toString('base64')}`, 'e=invalid-proof'])
      assert.throws(() => client.verify(words), /did not prove/)
  })

  it('refuses a nonce that is not its own, and too few iterations to protect the password', async () => {
    const salt = SALT.toString('base64')
    for (const challenge of [`r=othernonce,s=${salt},i=4096`, `r=nonce,s=${salt},i=4096`])
      await assert.rejects(new ScramClient('device', 'pencil', 'nonce').final(challenge), /nonce/)
    for (const iterations of ['1', '4095', '1000000000', 'many', ''])
      await assert.rejects(
        new ScramClient('device', 'pencil', 'nonce').final(`r=nonceX,s=${salt},i=${iterations}`),
        /iterations/,
      )
  })

  it('writes names that have signs of the protocol in them', () => {
    assert.equal(new ScramClient('a=b,c', 'pencil', 'x').first(), 'n,,n=a=3Db=2Cc,r=x')
  })
})

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha512', key).update(text).digest()
}
