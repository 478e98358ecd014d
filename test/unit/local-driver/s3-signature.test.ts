import assert from 'node:assert/strict'
import { canonicalQuery, sha256, signedHeaders } from '../../../chaos/net/s3-signature.ts'

/** The examples of the S3 API reference, "Signature Calculations for the Authorization Header". */
const KEY = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  region: 'us-east-1',
}
const HOST = 'examplebucket.s3.amazonaws.com'
const THEN = Date.UTC(2013, 4, 24)
const signatureOf = (headers: Record<string, string>) => headers['authorization']?.split('Signature=')[1]

describe('the signature of a request to S3', () => {
  it('is that of the reference for a ranged read', () => {
    const headers = signedHeaders(
      {
        method: 'GET',
        path: '/test.txt',
        headers: { host: HOST, range: 'bytes=0-9' },
        payload: sha256(''),
      },
      KEY,
      THEN,
    )
    assert.equal(signatureOf(headers), 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41')
    assert.equal(headers['x-amz-date'], '20130524T000000Z')
  })

  it('is that of the reference for a write with a body and more headers', () => {
    const headers = signedHeaders(
      {
        method: 'PUT',
        path: '/test%24file.text',
        headers: {
          host: HOST,
          date: 'Fri, 24 May 2013 00:00:00 GMT',
          'x-amz-storage-class': 'REDUCED_REDUNDANCY',
        },
        payload: sha256('Welcome to Amazon S3.'),
      },
      KEY,
      THEN,
    )
    assert.equal(signatureOf(headers), '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd')
  })

  it('is that of the reference for a list with a query', () => {
    const query = { prefix: 'J', 'max-keys': '2' }
    const headers = signedHeaders(
      { method: 'GET', path: '/', query, headers: { host: HOST }, payload: sha256('') },
      KEY,
      THEN,
    )
    assert.equal(signatureOf(headers), '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7')
    assert.equal(canonicalQuery(query), 'max-keys=2&prefix=J')
  })

  it('encodes what JavaScript leaves alone', () => {
    assert.equal(canonicalQuery({ prefix: "a b/(c)!*'" }), 'prefix=a%20b%2F%28c%29%21%2A%27')
  })
})
