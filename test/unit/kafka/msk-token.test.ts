import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { mskToken } from '../../../chaos/kafka/msk-token.ts'

const AT = Date.UTC(2026, 0, 2, 3, 4, 5)

describe('a token of MSK', () => {
  it('is a signed URL, as AWS’s own signer for JavaScript makes it of the same', () => {
    const { value, goodUntilMs } = mskToken(
      'eu-west-1',
      {
        AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
        AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI',
        AWS_SESSION_TOKEN: 'a+b/c=',
      },
      AT,
    )
    assert.equal(goodUntilMs, AT + 900_000)
    const url = new URL(Buffer.from(value, 'base64url').toString())
    assert.deepEqual([url.host, url.pathname], ['kafka.eu-west-1.amazonaws.com', '/'])
    assert.deepEqual(Object.fromEntries(url.searchParams), {
      Action: 'kafka-cluster:Connect',
      'User-Agent': 'aftershock',
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': 'AKIDEXAMPLE/20260102/eu-west-1/kafka-cluster/aws4_request',
      'X-Amz-Date': '20260102T030405Z',
      'X-Amz-Expires': '900',
      'X-Amz-Security-Token': 'a+b/c=',
      // What aws-msk-iam-sasl-signer-js 1.0.3 signs at this time with these credentials.
      'X-Amz-Signature': 'ca2a9c9351fe74b243ee2acba1e4d58d43acec9ff5871fde2d4fd0e2db47c05a',
      'X-Amz-SignedHeaders': 'host',
    })
  })

  it('is signed as botocore signs it, without a session too', () => {
    const env = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI' }
    const url = new URL(Buffer.from(mskToken('eu-west-1', env, AT).value, 'base64url').toString())
    // SigV4QueryAuth of botocore (awscli 1.46.3) at this time; with a session it gives the signature above.
    const signature = 'cd9b7a60b2a266a5d7fb1ef0448a4d17ec4c819e077afed90656de268bc3570e'
    assert.equal(url.searchParams.get('X-Amz-Signature'), signature)
    assert.equal(url.searchParams.get('X-Amz-Security-Token'), null)
  })

  it('takes credentials', () => {
    assert.throws(() => mskToken('eu-west-1', {}, AT), /takes credentials of AWS/)
  })
})
