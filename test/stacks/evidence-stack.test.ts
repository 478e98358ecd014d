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

  it('locks every version for a year unless told otherwise', () => {
    template().hasResourceProperties('AWS::S3::Bucket', retention(365))
    template({ retention: Duration.days(7) }).hasResourceProperties('AWS::S3::Bucket', retention(7))
  })

  it('locks for as long as the deployment says, and belongs to whom it says', () => {
    const { evidence } = changed('lab', {}, {}, { evidenceRetentionDays: '7', evidenceOwner: 'auditors' })
    const [bucket] = Object.values(resourcesOf(evidence, 'AWS::S3::Bucket'))
    assert.deepEqual(bucket?.Properties.ObjectLockConfiguration, retention(7).ObjectLockConfiguration)
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
