import assert from 'node:assert/strict'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, it } from 'mocha'
import { AftershockError } from '../../chaos/core/errors.ts'
import { within } from '../../chaos/core/wait.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { awsAccount } from '../../lib/deploy/account.ts'

const REGION = 'eu-west-1'
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' }

interface Asked {
  readonly authorization: string
  readonly body: URLSearchParams
}

/** What an account is asked before anything is done in it, over a connection to an endpoint that answers as AWS does. */
describe('the account behind the credentials', () => {
  let server: Server | undefined
  afterEach(() => {
    server?.closeAllConnections()
    server?.close()
  })

  it('is asked by a signed request, in the region of the environment', async () => {
    const { endpoint, asked } = await answering(() => [200, identity('123456789012')])
    const caller = await awsAccount({ ...KEYS, AWS_ENDPOINT_URL: endpoint }, systemClock).caller(REGION)
    assert.deepEqual(caller, { account: '123456789012', arn: 'arn:aws:iam::123456789012:user/me' })
    assert.equal(asked[0]?.body.get('Action'), 'GetCallerIdentity')
    assert.match(
      asked[0]?.authorization ?? '',
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/sts\/aws4_request, SignedHeaders=[^,]*host/,
    )
  })

  it('prefers keys of the environment to its profile, as the CDK does', async () => {
    const { endpoint, asked } = await answering(() => [200, identity('123456789012')])
    const env = { ...KEYS, AWS_PROFILE: 'no-such-profile', AWS_ENDPOINT_URL_STS: endpoint }
    await awsAccount(env, systemClock).caller(REGION)
    assert.match(asked[0]?.authorization ?? '', /AKIDEXAMPLE/)
  })

  it('gives its stacks page by page, without those that are gone', async () => {
    const { endpoint, asked } = await answering(body =>
      body.get('NextToken') === 'more'
        ? [200, stacks('<member><StackStatus>DELETE_FAILED</StackStatus><StackName>B</StackName></member>')]
        : [
            200,
            stacks(
              '<member><StackName>A</StackName><StackStatus>CREATE_COMPLETE</StackStatus></member><member><StackName>Gone</StackName><StackStatus>DELETE_COMPLETE</StackStatus></member>',
              '<NextToken>more</NextToken>',
            ),
          ],
    )
    const found = await awsAccount({ ...KEYS, AWS_ENDPOINT_URL: endpoint }, systemClock).stacks(REGION)
    assert.deepEqual(found, [
      { name: 'A', status: 'CREATE_COMPLETE' },
      { name: 'B', status: 'DELETE_FAILED' },
    ])
    assert.equal(asked.length, 2)
  })

  it('says what AWS says of credentials that it does not take, and how to get others', async () => {
    const { endpoint } = await answering(() => [
      403,
      refusal('ExpiredToken', 'The security token is expired'),
    ])
    const error = await failure(
      awsAccount({ ...KEYS, AWS_ENDPOINT_URL: endpoint }, systemClock).caller(REGION),
    )
    assert.equal(
      error.message,
      'AWS does not take these credentials: ExpiredToken: The security token is expired',
    )
    assert.match(error.hint ?? '', /aws sso login/)
  })

  it('names the permission that listing stacks needs', async () => {
    const { endpoint } = await answering(() => [403, refusal('AccessDenied', 'not authorized')])
    const error = await failure(
      awsAccount({ ...KEYS, AWS_ENDPOINT_URL: endpoint }, systemClock).stacks(REGION),
    )
    assert.match(error.hint ?? '', /cloudformation:DescribeStacks/)
  })

  it('does not take the page of a proxy for an account', async () => {
    const { endpoint } = await answering(() => [200, '<html>please log in</html>'])
    const error = await failure(
      awsAccount({ ...KEYS, AWS_ENDPOINT_URL: endpoint }, systemClock).caller(REGION),
    )
    assert.match(error.message, /^the answer of 127\.0\.0\.1:\d+ names no account$/)
  })

  it('says which host cannot be reached', async () => {
    const { endpoint } = await answering(() => [200, ''])
    await new Promise(resolve => server?.close(resolve))
    const error = await failure(
      awsAccount({ ...KEYS, AWS_ENDPOINT_URL: endpoint }, systemClock).caller(REGION),
    )
    assert.match(error.message, /^127\.0\.0\.1:\d+ cannot be reached: .*ECONNREFUSED/)
  })

  for (const [kind, encoding] of [
    ['plain', {}],
    ['gzip', { 'content-encoding': 'gzip' }],
  ] as const)
    it(`does not wait for an answer that stops in its middle (${kind})`, async () => {
      const xml = Buffer.from(identity('123456789012').repeat(5000))
      const bytes = kind === 'gzip' ? gzipSync(xml, { level: 1 }) : xml
      const endpoint = await listening((_request, response) => {
        response.writeHead(200, { 'content-length': bytes.length, ...encoding })
        response.write(bytes.subarray(0, bytes.length / 2))
      })
      const asked = awsAccount({ ...KEYS, AWS_ENDPOINT_URL: endpoint }, systemClock, 300).caller(REGION)
      const error = await failure(within('an answer', asked, { clock: systemClock, deadlineMs: 20_000 }))
      assert.match(error.message, /waited 0\.3 s for a whole answer of 127\.0\.0\.1:\d+/)
    })

  async function answering(answer: (body: URLSearchParams) => readonly [status: number, xml: string]) {
    const asked: Asked[] = []
    const endpoint = await listening((request, response) => {
      let text = ''
      request.on('data', chunk => {
        text += String(chunk)
      })
      request.on('end', () => {
        const body = new URLSearchParams(text)
        asked.push({ authorization: request.headers.authorization ?? '', body })
        const [status, xml] = answer(body)
        response.writeHead(status, { 'content-type': 'text/xml', connection: 'close' }).end(xml)
      })
    })
    return { endpoint, asked }
  }

  async function listening(listener: RequestListener): Promise<string> {
    const started = createServer(listener)
    server = started
    await new Promise<void>(resolve => started.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(started.address() as AddressInfo).port}`
  }
})

async function failure(work: Promise<unknown>): Promise<AftershockError> {
  const error: unknown = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof AftershockError, String(error))
  assert.equal(error.code, 'unavailable')
  return error
}

const identity = (account: string) =>
  `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::${account}:user/me</Arn><UserId>A</UserId><Account>${account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`
const stacks = (members: string, more = '') =>
  `<DescribeStacksResponse><DescribeStacksResult>${more}<Stacks>${members}</Stacks></DescribeStacksResult></DescribeStacksResponse>`
const refusal = (code: string, message: string) =>
  `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`
