import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, it } from 'mocha'
import { awsAccount } from '../../lib/deploy/account.ts'
import { DeployError } from '../../lib/deploy/deploy-error.ts'

const REGION = 'eu-west-1'
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' }

interface Asked {
  readonly authorization: string
  readonly body: URLSearchParams
}

/** What an account is asked before anything is done in it, over a connection to an endpoint that answers as AWS does. */
describe('the account behind the credentials', () => {
  let server: Server | undefined
  afterEach(() => server?.close())

  it('is asked by a signed request, in the region of the environment', async () => {
    const { endpoint, asked } = await answering(() => [200, identity('123456789012')])
    const caller = await awsAccount({ ...KEYS, AWS_ENDPOINT_URL: endpoint }).caller(REGION)
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
    await awsAccount(env).caller(REGION)
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
    const found = await awsAccount({ ...KEYS, AWS_ENDPOINT_URL: endpoint }).stacks(REGION)
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
    const error = await failure(awsAccount({ ...KEYS, AWS_ENDPOINT_URL: endpoint }).caller(REGION))
    assert.equal(
      error.message,
      'AWS does not take these credentials: ExpiredToken: The security token is expired',
    )
    assert.match(error.hint ?? '', /aws sso login/)
  })

  it('names the permission that listing stacks needs', async () => {
    const { endpoint } = await answering(() => [403, refusal('AccessDenied', 'not authorized')])
    const error = await failure(awsAccount({ ...KEYS, AWS_ENDPOINT_URL: endpoint }).stacks(REGION))
    assert.match(error.hint ?? '', /cloudformation:DescribeStacks/)
  })

  it('does not take the page of a proxy for an account', async () => {
    const { endpoint } = await answering(() => [200, '<html>please log in</html>'])
    const error = await failure(awsAccount({ ...KEYS, AWS_ENDPOINT_URL: endpoint }).caller(REGION))
    assert.match(error.message, /named no account: <html>please log in/)
  })

  it('says which host cannot be reached', async () => {
    const { endpoint } = await answering(() => [200, ''])
    await new Promise(resolve => server?.close(resolve))
    const error = await failure(awsAccount({ ...KEYS, AWS_ENDPOINT_URL: endpoint }).caller(REGION))
    assert.match(error.message, /^127\.0\.0\.1:\d+ cannot be reached: fetch failed: .*ECONNREFUSED/)
  })

  async function answering(answer: (body: URLSearchParams) => readonly [status: number, xml: string]) {
    const asked: Asked[] = []
    const started = createServer((request, response) => {
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
    server = started
    await new Promise<void>(resolve => started.listen(0, '127.0.0.1', resolve))
    return { endpoint: `http://127.0.0.1:${(started.address() as AddressInfo).port}`, asked }
  }
})

async function failure(work: Promise<unknown>): Promise<DeployError> {
  const error: unknown = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof DeployError, String(error))
  assert.equal(error.code, 'unavailable')
  return error
}

const identity = (account: string) =>
  `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::${account}:user/me</Arn><UserId>A</UserId><Account>${account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`
const stacks = (members: string, more = '') =>
  `<DescribeStacksResponse><DescribeStacksResult>${more}<Stacks>${members}</Stacks></DescribeStacksResult></DescribeStacksResponse>`
const refusal = (code: string, message: string) =>
  `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`
