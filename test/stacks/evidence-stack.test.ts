import assert from 'node:assert/strict'
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions'
import { App, Duration } from 'aws-cdk-lib'
import { describe, it } from 'mocha'
import { EvidenceStack, type EvidenceStackProps } from '../../lib/evidence-stack.ts'
import { cdkContext, matchesSnapshot } from './snapshot.ts'
import { changed, resourcesOf } from './synthesized.ts'

describe('the evidence stack', function () {
  this.timeout(60_000)

  it('keeps the evidence when the stack is deleted or the bucket replaced', () => {
    template().hasResource('AWS::S3::Bucket', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' })
  })

  it('locks every version for a week unless told otherwise', () => {
    template().hasResourceProperties('AWS::S3::Bucket', retention(7))
    template({ retention: Duration.days(30) }).hasResourceProperties('AWS::S3::Bucket', retention(30))
  })

  it('takes each name once: whoever does not ask for that is refused, by whichever call makes the object', () => {
    assert.deepEqual(rule('WrittenOnce'), {
      Action: 's3:PutObject',
      Resource: [OBJECTS],
      Condition: { Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } },
    })
  })

  it('has nobody delete, hide or unlock anything, unless one is named for that', () => {
    const actions = ['s3:BypassGovernanceRetention', 's3:DeleteObject', 's3:DeleteObjectVersion']
    assert.deepEqual(rule('NothingIsTakenAway'), { Action: actions, Resource: [OBJECTS] })
    const breakGlass = 'arn:aws:iam::123456789012:role/break-glass'
    assert.deepEqual(rule('NothingIsTakenAway', { breakGlass }), {
      Action: actions,
      Resource: [OBJECTS],
      Condition: { ArnNotLike: { 'aws:PrincipalArn': [breakGlass] } },
    })
  })

  it('has its locks changed by a deployment or by who is named for that', () => {
    const { Action, Condition } = rule('LocksStay', {
      breakGlass: 'arn:aws:iam::123456789012:role/break-glass',
    })
    for (const action of ['PutBucketObjectLockConfiguration', 'PutBucketPolicy', 'PutLifecycleConfiguration'])
      assert.ok([Action].flat().includes(`s3:${action}`))
    assert.match(
      JSON.stringify(Condition),
      /^\{"ArnNotLike":\{"aws:PrincipalArn":\[.*:role\/cdk-\*-cfn-exec-role-\*.*,"arn:aws:iam::123456789012:role\/break-glass"\]\}\}$/,
    )
  })

  it('locks nothing for longer than sealed runs are to be, and nothing but them so that nobody can unlock it', () => {
    assert.deepEqual(rule('NoneIsLockedForLonger', { sealedRetention: Duration.days(90) }).Condition, {
      NumericGreaterThan: { 's3:object-lock-remaining-retention-days': '90' },
    })
    const { NotResource, Condition } = rule('OnlySealedRunsInCompliance')
    assert.match(JSON.stringify(NotResource), /"\/\*\/runs\/\*"/)
    assert.deepEqual(Condition, { StringEquals: { 's3:object-lock-mode': 'COMPLIANCE' } })
    const seals = rule('SealsInCompliance')
    assert.match(JSON.stringify(seals.Resource), /"\/\*\/runs\/\*\/bundle\.json"/)
    assert.deepEqual(seals.Condition, { StringNotEquals: { 's3:object-lock-mode': 'COMPLIANCE' } })
  })

  it('locks for as long as the deployment says, and belongs to whom it says', () => {
    const given = { evidenceRetentionDays: '3', sealedRetentionDays: '30', evidenceOwner: 'auditors' }
    const { evidence } = changed('lab', {}, {}, given)
    const [bucket] = Object.values(resourcesOf(evidence, 'AWS::S3::Bucket'))
    assert.deepEqual(bucket?.Properties.ObjectLockConfiguration, retention(3).ObjectLockConfiguration)
    const tags = (bucket.Properties.Tags as { Key: string; Value: string }[]).map(({ Key, Value }) => [
      Key,
      Value,
    ])
    assert.deepEqual(Object.fromEntries(tags), {
      'cost-center': 'resilience',
      environment: 'shared',
      owner: 'auditors',
      project: 'aftershock',
    })
  })

  it('refuses a time that it cannot lock for, with what was expected', () => {
    for (const days of ['', '0', '1.5', 'a year', '36501'])
      assert.throws(() => changed('lab', {}, {}, { evidenceRetentionDays: days }), {
        name: 'EnvironmentError',
        message: `evidenceRetentionDays="${days}": expected a whole number of days from 1 to 36500 (in cdk.json, or with -c)`,
      })
  })

  it('encrypts, and lets nobody make anything public', () => {
    template().hasResourceProperties('AWS::S3::Bucket', {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    })
  })

  it('refuses requests without TLS and with TLS before 1.2', () => {
    const denied = (condition: object) =>
      Match.objectLike({ Effect: 'Deny', Action: 's3:*', Principal: { AWS: '*' }, Condition: condition })
    template().hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          denied({ Bool: { 'aws:SecureTransport': 'false' } }),
          denied({ NumericLessThan: { 's3:TlsVersion': 1.2 } }),
        ]),
      },
    })
  })

  it('synthesizes without a warning', () => {
    Annotations.fromStack(stack()).hasNoWarning('*', Match.anyValue())
  })

  it('is the template that was reviewed', () => {
    matchesSnapshot('evidence-stack', template())
  })
})

const OBJECTS = { 'Fn::Join': ['', [{ 'Fn::GetAtt': ['Evidence4CC26D68', 'Arn'] }, '/*']] }

interface Rule {
  readonly Action: string | readonly string[]
  readonly Resource?: unknown
  readonly NotResource?: unknown
  readonly Condition?: unknown
}

/** A statement of the bucket's policy that denies to everybody, by its name; a resource as a list. */
function rule(sid: string, props?: EvidenceStackProps): Rule {
  const [policy] = Object.values(template(props).findResources('AWS::S3::BucketPolicy')) as {
    Properties: { PolicyDocument: { Statement: (Rule & Record<string, unknown>)[] } }
  }[]
  const found = policy?.Properties.PolicyDocument.Statement.find(({ Sid }) => Sid === sid)
  const { Sid: _, Effect, Principal, ...rest } = found ?? assert.fail(`no statement ${sid}`)
  assert.deepEqual([Effect, Principal], ['Deny', { AWS: '*' }])
  return rest.Resource === undefined ? rest : { ...rest, Resource: [rest.Resource].flat() }
}

function stack(props: EvidenceStackProps = {}): EvidenceStack {
  return new EvidenceStack(new App({ context: cdkContext() }), 'AftershockEvidence', props)
}

function template(props?: EvidenceStackProps): Template {
  return Template.fromStack(stack(props))
}

function retention(days: number) {
  return {
    ObjectLockEnabled: true,
    VersioningConfiguration: { Status: 'Enabled' },
    ObjectLockConfiguration: {
      ObjectLockEnabled: 'Enabled',
      Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: days } },
    },
  }
}
