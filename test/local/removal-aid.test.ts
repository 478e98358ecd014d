import assert from 'node:assert/strict'
import { after, before, describe, it } from 'mocha'
import { systemClock } from '../../chaos/system-clock.ts'
import { removalAid } from '../../lib/deploy/removal-aid.ts'
import { type AnsweringEndpoint, answeringEndpoint } from './answering-endpoint.ts'
import { type Moto, pythonTools, startMoto } from './moto.ts'

const REGION = 'eu-west-1'
const EVENT = (type: string, id: string, status: string, why = '') =>
  `<member><LogicalResourceId>${id}</LogicalResourceId><ResourceType>${type}</ResourceType><ResourceStatus>${status}</ResourceStatus>${why && `<ResourceStatusReason>${why}</ResourceStatusReason>`}</member>`

describe('what helps stacks to go', function () {
  this.timeout(120_000)
  let moto: Moto
  let aws: AnsweringEndpoint

  before(async function () {
    const tools = pythonTools('moto_server')
    if (typeof tools === 'string') {
      process.stderr.write(`removal: skipped, because ${tools}\n`)
      this.skip()
    }
    moto = await startMoto(tools, REGION)
    aws = await answeringEndpoint(moto)
  })
  after(async () => {
    await aws?.[Symbol.asyncDispose]()
    await moto?.[Symbol.asyncDispose]()
  })

  const aid = () =>
    removalAid({ ...moto.env, AWS_ENDPOINT_URL: aws.url, AWS_ENDPOINT_URL_S3: aws.url }, systemClock)(REGION)

  it('is a rule by which S3 empties the buckets of a stack, and of no other', async () => {
    const bucket = { Type: 'AWS::S3::Bucket', Properties: {} }
    for (const [stack, resources] of [
      ['One', { Records: bucket }],
      ['Other', { Kept: bucket }],
    ] as const)
      await moto.query('cloudformation', '2010-05-15', 'CreateStack', {
        StackName: stack,
        TemplateBody: JSON.stringify({ Resources: resources }),
      })
    const [records, ...more] = await aid().buckets('One')
    assert.ok(records)
    assert.deepEqual(more, [])
    await aid().expireObjects(records)
    const rules = await moto.get('s3', `${records}?lifecycle`)
    assert.match(rules, /<Expiration><Days>1<\/Days>/)
    assert.match(rules, /<AbortIncompleteMultipartUpload>\s*<DaysAfterInitiation>1</)
    const [kept = ''] = await aid().buckets('Other')
    await assert.rejects(moto.get('s3', `${kept}?lifecycle`), /NoSuchLifecycleConfiguration/)
  })

  it('is what CloudFormation says of the last try alone', async () => {
    aws.answers = {
      DescribeStackEvents: {
        status: 200,
        body: `<DescribeStackEventsResponse><DescribeStackEventsResult><StackEvents>${[
          EVENT(
            'AWS::CloudFormation::Stack',
            'One',
            'DELETE_FAILED',
            'The following resource(s) failed to delete',
          ),
          EVENT(
            'AWS::EC2::Volume',
            'Data',
            'DELETE_FAILED',
            'Volume vol-1 is currently attached (VolumeInUse)',
          ),
          EVENT('AWS::EC2::Instance', 'Node', 'DELETE_COMPLETE'),
          EVENT('AWS::CloudFormation::Stack', 'One', 'DELETE_IN_PROGRESS'),
          EVENT('AWS::S3::Bucket', 'Records', 'DELETE_FAILED', 'of the try before'),
        ].join('')}</StackEvents></DescribeStackEventsResult></DescribeStackEventsResponse>`,
      },
    }
    assert.deepEqual(await aid().whyNotDeleted('One'), [
      'AWS::EC2::Volume Data: Volume vol-1 is currently attached (VolumeInUse)',
    ])
  })
})
