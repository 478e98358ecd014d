import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'mocha'
import { AftershockError } from '../../chaos/core/errors.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import type { PlannedResource, PlannedStack } from '../../lib/deploy/assembly.ts'
import type { AccountFacts } from '../../lib/deploy/preflight/account-facts.ts'
import { accountFacts } from '../../lib/deploy/preflight/aws-facts.ts'
import type { Departure } from '../../lib/deploy/preflight/check.ts'
import { CHECK_NAMES, type CheckName, preflight } from '../../lib/deploy/preflight/preflight.ts'
import { loadEnvironment } from '../../lib/environment.ts'
import { type AnsweringEndpoint, answeringEndpoint, DENIED, quotaAnswer } from './answering-endpoint.ts'
import { MOTO_ACCOUNT, type Moto, pythonTools, startMoto } from './moto.ts'

const REGION = 'eu-west-1'
const BUCKET = 'cdk-assets'
const EC2 = ['ec2', '2016-11-15'] as const

/** Each lack is planted in a local account, or answered as AWS documents it where moto has nothing to plant. */
describe('what an account lacks for a deployment', function () {
  this.timeout(120_000)
  let moto: Moto
  let aws: AnsweringEndpoint
  let facts: AccountFacts
  let said = ''

  before(async function () {
    const tools = pythonTools('moto_server')
    if (typeof tools === 'string') {
      process.stderr.write(`preflight: skipped, because ${tools}\n`)
      this.skip()
    }
    moto = await startMoto(tools, REGION)
    aws = await answeringEndpoint(moto)
    facts = accountFacts(
      { ...moto.env, AWS_ENDPOINT_URL: aws.url, AWS_ENDPOINT_URL_S3: aws.url },
      systemClock,
    )(REGION)
    await makeBucket()
  })
  afterEach(async () => {
    said = ''
    if (!moto) return
    aws.answers = {}
    await moto.reset()
    await makeBucket()
  })
  after(async () => {
    await aws?.[Symbol.asyncDispose]()
    await moto?.[Symbol.asyncDispose]()
  })

  it('is nothing when all is there; and a role that a service lacks is made, once', async () => {
    await preflight(departure(), options())
    assert.match(said, /^checking prices, bootstrap-bucket, vcpu-quota, /)
    assert.match(said, /made the role AWSServiceRoleForAutoScaling, as AWS does at the first use/)
    said = ''
    await preflight(departure(), options())
    assert.doesNotMatch(said, /made the role/)
  })

  it('is room for vCPUs beside what runs already, but for what is of the environment itself', async () => {
    await runInstances(3, 'm5.xlarge')
    aws.answers = { GetServiceQuota: quotaAnswer(17) }
    const error = await lack('vcpu-quota')
    assert.match(
      error.message,
      /vcpu-quota: 3 instances need 6 vCPUs, and 12 run in 3 others; the quota of eu-west-1 is 17\n/,
    )
    assert.match(
      error.message,
      /request-service-quota-increase --region eu-west-1 \\\n.+L-1216C47A --desired-value 18$/,
    )
    aws.answers = { GetServiceQuota: quotaAnswer(18) }
    await only('vcpu-quota')
    await runInstances(3, 't4g.small', { project: 'aftershock', environment: 'lab' })
    await only('vcpu-quota')
  })

  it('is room for vCPUs by what a group may grow to', async () => {
    aws.answers = { GetServiceQuota: quotaAnswer(13) }
    const group = (MaxSize: string) =>
      departure([
        { type: 'AWS::AutoScaling::AutoScalingGroup', properties: { MaxSize, InstanceType: 'c7g.large' } },
      ])
    await only('vcpu-quota', group('6'))
    const error = await lack('vcpu-quota', group('7'))
    assert.match(error.message, /7 instances need 14 vCPUs; the quota of eu-west-1 is 13/)
  })

  it('is what AWS gives everybody where nobody changed the quota', async () => {
    aws.answers = {
      GetServiceQuota: {
        status: 400,
        body: '{"__type":"NoSuchResourceException","Message":"The specified resource does not exist."}',
      },
      GetAWSDefaultServiceQuota: quotaAnswer(5),
    }
    assert.match((await lack('vcpu-quota')).message, /the quota of eu-west-1 is 5\n/)
  })

  it('is a zone that offers the type of an instance', async () => {
    aws.answers = { DescribeInstanceTypeOfferings: offerings(['eu-west-1a', 'eu-west-1b']) }
    const error = await lack('instance-types')
    assert.match(error.message, /instance-types: t4g\.small is not offered in eu-west-1c\n/)
    assert.match(error.message, /describe-instance-type-offerings --region eu-west-1 .*\n.*Values=eu-west-1c/)
    aws.answers = { DescribeInstanceTypeOfferings: offerings(['eu-west-1a', 'eu-west-1b', 'eu-west-1d']) }
    assert.match(
      (await lack('instance-types')).message,
      /set `zones` in the environment file to three of eu-west-1a, eu-west-1b, eu-west-1d/,
    )
    aws.answers = {}
    await only('instance-types')
  })

  it('is room for one more network', async () => {
    // The default one is there already.
    for (const block of [1, 2, 3]) await makeNetwork(block)
    await only('vpc-quota')
    await makeNetwork(4)
    const error = await lack('vpc-quota')
    assert.match(error.message, /needs a VPC, 5 others are there, and the quota of eu-west-1 is 5\n/)
    assert.match(error.message, /--service-code vpc --quota-code L-F678F1CE --desired-value 6\n/)
    await moto.query(...EC2, 'CreateTags', {
      'ResourceId.1': await makeNetwork(5),
      ...tagParameters('', { project: 'aftershock', environment: 'lab' }),
    })
    assert.match((await lack('vpc-quota')).message, /5 others are there/)
  })

  it('is a bootstrap', async () => {
    await moto.reset()
    const error = await lack('bootstrap-bucket')
    assert.match(
      error.message,
      /eu-west-1 was never bootstrapped: there is no bucket cdk-assets\n +npx cdk bootstrap/,
    )
  })

  it('is a bucket whose objects nodes may decrypt', async () => {
    for (const key of ['', '<KMSMasterKeyID>alias/aws/s3</KMSMasterKeyID>']) {
      await encryptBucket(key)
      await only('bootstrap-bucket')
    }
    const key = `arn:aws:kms:${REGION}:${MOTO_ACCOUNT}:key/1234`
    await encryptBucket(`<KMSMasterKeyID>${key}</KMSMasterKeyID>`)
    const error = await lack('bootstrap-bucket')
    assert.ok(error.message.includes(`encrypted with a key of the account's own (${key})`), error.message)
    assert.match(error.message, /npx cdk bootstrap .* --no-bootstrap-customer-key$/)
  })

  it('is a role that could not be made, with what an administrator types', async () => {
    aws.answers = { CreateServiceLinkedRole: DENIED.query }
    const error = await lack('service-roles')
    assert.match(
      error.message,
      /there is no role AWSServiceRoleForAutoScaling, and it could not be made: .*AccessDenied/,
    )
    assert.match(
      error.message,
      /aws iam create-service-linked-role --aws-service-name autoscaling\.amazonaws\.com$/,
    )
  })

  it('is a price', async () => {
    const unpriced = departure(undefined, {
      missing: [{ stack: 'A', what: 'instance', item: 'ec2.linux.x', unit: 'hour', quantity: 1, why: '' }],
      unclear: [],
    })
    const error = await lack('prices', unpriced)
    assert.match(error.message, /the price table has nothing in eu-west-1 for ec2\.linux\.x\n/)
    assert.match(error.message, /aftershock prices refresh --region eu-west-1 --out prices\.json\n/)
  })

  it('is told all at once, each with what mends it, and nothing is made meanwhile', async () => {
    await moto.reset()
    aws.answers = { GetServiceQuota: quotaAnswer(1), DescribeInstanceTypeOfferings: offerings([]) }
    const error = await failure(preflight(departure(), options()))
    const names = [...error.message.matchAll(/^ {2}([a-z-]+): /gm)].map(([, name]) => name)
    assert.deepEqual(names, ['bootstrap-bucket', 'vcpu-quota', 'instance-types', 'vpc-quota'])
    assert.match(error.message, /^nothing was created: 4 things are lacking\n/)
    assert.match(error.hint ?? '', /--unchecked bootstrap-bucket,vcpu-quota,instance-types,vpc-quota$/)
    assert.equal(await facts.hasRole('AWSServiceRoleForAutoScaling'), false)
  })

  for (const [name, answers, permission] of [
    ['vcpu-quota', { GetServiceQuota: DENIED.json }, 'servicequotas:GetServiceQuota'],
    ['vcpu-quota', { DescribeInstances: DENIED.ec2 }, 'ec2:DescribeInstances'],
    ['vcpu-quota', { DescribeInstanceTypes: DENIED.ec2 }, 'ec2:DescribeInstanceTypes'],
    ['instance-types', { DescribeInstanceTypeOfferings: DENIED.ec2 }, 'ec2:DescribeInstanceTypeOfferings'],
    ['vpc-quota', { DescribeVpcs: DENIED.ec2 }, 'ec2:DescribeVpcs'],
    ['service-roles', { GetRole: DENIED.query }, 'iam:GetRole'],
    ['bootstrap-bucket', { encryption: DENIED.s3 }, 's3:GetEncryptionConfiguration'],
  ] as const)
    it(`is not passed over when AWS refuses to say: ${permission}`, async () => {
      aws.answers = answers
      const error = await lack(name)
      assert.ok(error.message.includes(`${name}: it is not known: AWS does not say: `), error.message)
      assert.ok(error.message.includes(`These credentials need the permission ${permission}.`), error.message)
    })

  it('is not asked for when it is to be left unchecked', async () => {
    const askedBefore = aws.asked.length
    await preflight(departure(), { unchecked: CHECK_NAMES, err: text => (said += text) })
    assert.equal(aws.asked.length, askedBefore)
    assert.match(said, /^not checked, as asked: prices, /)
  })

  const options = (...unchecked: CheckName[]) => ({ unchecked, err: (text: string) => void (said += text) })
  const but = (name: CheckName) => options(...CHECK_NAMES.filter(one => one !== name))
  const only = (name: CheckName, from = departure()) => preflight(from, but(name))
  const lack = (name: CheckName, from = departure()) => failure(preflight(from, but(name)))

  function departure(
    resources: readonly Pick<PlannedResource, 'type' | 'properties'>[] = ENVIRONMENT,
    plan: Departure['plan'] = { missing: [], unclear: [] },
  ): Departure {
    const stack: PlannedStack = {
      name: 'Aftershock-lab-Cluster',
      region: REGION,
      resources: resources.map((one, index) => ({
        ...one,
        stack: 'Aftershock-lab-Cluster',
        logicalId: `R${index}`,
        remains: 'nothing',
      })),
    }
    return {
      config: loadEnvironment('lab'),
      account: MOTO_ACCOUNT,
      stacks: [stack],
      plan,
      assetBuckets: [BUCKET],
      bootstrap: `npx cdk bootstrap aws://${MOTO_ACCOUNT}/${REGION} -c environment=lab`,
      facts,
    }
  }

  async function runInstances(count: number, type: string, tags: Readonly<Record<string, string>> = {}) {
    await moto.query(...EC2, 'RunInstances', {
      ImageId: 'ami-12c6146b',
      InstanceType: type,
      MinCount: String(count),
      MaxCount: String(count),
      'TagSpecification.1.ResourceType': 'instance',
      ...tagParameters('TagSpecification.1.', { role: 'other', ...tags }),
    })
  }

  async function makeNetwork(block: number): Promise<string> {
    const xml = await moto.query(...EC2, 'CreateVpc', { CidrBlock: `10.${block}.0.0/16` })
    return /<vpcId>([^<]+)/.exec(xml)?.[1] ?? ''
  }

  async function makeBucket() {
    const place = `<CreateBucketConfiguration><LocationConstraint>${REGION}</LocationConstraint></CreateBucketConfiguration>`
    await moto.put(BUCKET, Buffer.from(place))
  }

  async function encryptBucket(key: string) {
    const rule = `<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm>${key}</ApplyServerSideEncryptionByDefault></Rule>`
    await moto.put(
      `${BUCKET}?encryption`,
      Buffer.from(`<ServerSideEncryptionConfiguration>${rule}</ServerSideEncryptionConfiguration>`),
    )
  }
})

/** Three instances of 2 vCPUs: two in slots, and a group of one; and a network. */
const ENVIRONMENT: readonly Pick<PlannedResource, 'type' | 'properties'>[] = [
  { type: 'AWS::EC2::VPC', properties: {} },
  { type: 'AWS::EC2::Instance', properties: { InstanceType: 't4g.small' } },
  { type: 'AWS::EC2::Instance', properties: { InstanceType: 't4g.small' } },
  { type: 'AWS::AutoScaling::AutoScalingGroup', properties: { MaxSize: '1', InstanceType: 't4g.small' } },
]

function tagParameters(prefix: string, tags: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tags).flatMap(([Key, Value], index) => [
      [`${prefix}Tag.${index + 1}.Key`, Key],
      [`${prefix}Tag.${index + 1}.Value`, Value],
    ]),
  )
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceTypeOfferings.html */
function offerings(zones: readonly string[]) {
  const items = zones.map(
    zone =>
      `<item><instanceType>t4g.small</instanceType><location>${zone}</location><locationType>availability-zone</locationType></item>`,
  )
  return {
    status: 200,
    body: `<DescribeInstanceTypeOfferingsResponse><requestId>1</requestId><instanceTypeOfferingSet>${items.join('')}</instanceTypeOfferingSet></DescribeInstanceTypeOfferingsResponse>`,
  }
}

async function failure(work: Promise<unknown>): Promise<AftershockError> {
  const error: unknown = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof AftershockError, String(error))
  assert.equal(error.code, 'unavailable')
  return error
}
