import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib'
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  ObjectLockRetention,
  StorageClass,
} from 'aws-cdk-lib/aws-s3'
import { AnyPrincipal, type Conditions, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'

export interface EvidenceStackProps extends StackProps {
  /**
   * How long what is stored can be neither changed nor deleted, unless whoever puts it asks for more: short, because
   * shards may put what they like, and what is locked is paid for. Counts from the upload of each object.
   *
   * @default Duration.days(7)
   */
  readonly retention?: Duration
  /** The longest that anything may be locked. @default Duration.days(365) */
  readonly sealedRetention?: Duration
  /** ARN of who may delete what no lock of compliance holds. @default nobody */
  readonly breakGlass?: string | undefined
}

/**
 * Where the evidence of runs is kept: a bucket in which each name is written once. It outlives the stack, and holds no
 * data of a platform under test. Shards put histories, as `<environment>/histories/<shard>/<start>/`; sealed runs are
 * `<environment>/runs/<run>/`, in the lock of compliance, which nobody takes back. docs/adr/0021 says who may do what.
 */
export class EvidenceStack extends Stack {
  /** Sealed bundles, one prefix a run. */
  readonly bucket: Bucket

  constructor(scope: Construct, id: string, props: EvidenceStackProps = {}) {
    const {
      retention = Duration.days(7),
      sealedRetention = Duration.days(365),
      breakGlass,
      ...stackProps
    } = props
    super(scope, id, { description: 'Aftershock: sealed evidence of chaos drills', ...stackProps })

    this.bucket = new Bucket(this, 'Evidence', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      objectLockEnabled: true,
      objectLockDefaultRetention: ObjectLockRetention.governance(retention),
      removalPolicy: RemovalPolicy.RETAIN,
      // Object Lock needs it; versions that retention has let go are not kept for ever.
      versioned: true,
      lifecycleRules: [
        {
          abortIncompleteMultipartUploadAfter: Duration.days(1),
          noncurrentVersionExpiration: Duration.days(30),
          // Evidence is read soon or hardly ever; when it is, it is wanted at once.
          transitions: [
            { storageClass: StorageClass.GLACIER_INSTANT_RETRIEVAL, transitionAfter: Duration.days(90) },
          ],
        },
      ],
    })
    for (const statement of this.#rules(sealedRetention, breakGlass === undefined ? [] : [breakGlass]))
      this.bucket.addToResourcePolicy(statement)
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'What matters is that nothing is changed, which Object Lock enforces and the bundle proves; who reads is for the data events of CloudTrail, where an account has them.',
    })
    // Always exported, so that the template is the same whichever environment uses the bucket first.
    this.exportValue(this.bucket.bucketArn)
    this.exportValue(this.bucket.bucketName)
    new CfnOutput(this, 'EvidenceBucketName', { value: this.bucket.bucketName })
  }

  #rules(longest: Duration, breakGlass: readonly string[]): PolicyStatement[] {
    const objects = this.bucket.arnForObjects('*')
    const deny = (sid: string, actions: string[], resources: string[], conditions: Conditions) =>
      new PolicyStatement({
        sid,
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions,
        resources,
        conditions,
      })
    const unless = (arns: readonly string[]): Conditions =>
      arns.length === 0 ? {} : { ArnNotLike: { 'aws:PrincipalArn': arns } }
    const deploying = `arn:${this.partition}:iam::${this.account}:role/cdk-*-cfn-exec-role-*`
    const putting = ['s3:PutObject', 's3:PutObjectRetention']
    return [
      // Parts of an upload take no such header, and make no object: the call that ends it does.
      deny('WrittenOnce', ['s3:PutObject'], [objects], {
        Null: { 's3:if-none-match': 'true' },
        Bool: { 's3:ObjectCreationOperation': 'true' },
      }),
      deny(
        'NothingIsTakenAway',
        ['s3:DeleteObject', 's3:DeleteObjectVersion', 's3:BypassGovernanceRetention'],
        [objects],
        unless(breakGlass),
      ),
      deny('LocksStay', LOCKING, [this.bucket.bucketArn], unless([deploying, ...breakGlass])),
      deny('NoneIsLockedForLonger', putting, [objects], {
        NumericGreaterThan: { 's3:object-lock-remaining-retention-days': String(longest.toDays()) },
      }),
      new PolicyStatement({
        sid: 'OnlySealedRunsInCompliance',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: putting,
        notResources: [this.bucket.arnForObjects('*/runs/*')],
        conditions: { StringEquals: { 's3:object-lock-mode': 'COMPLIANCE' } },
      }),
      deny('SealsInCompliance', ['s3:PutObject'], [this.bucket.arnForObjects('*/runs/*/bundle.json')], {
        StringNotEquals: { 's3:object-lock-mode': 'COMPLIANCE' },
      }),
    ]
  }
}

/** By which what is locked could be had unlocked, now or later. */
const LOCKING = [
  's3:PutBucketObjectLockConfiguration',
  's3:PutBucketVersioning',
  's3:PutLifecycleConfiguration',
  's3:PutBucketPolicy',
  's3:DeleteBucketPolicy',
  's3:DeleteBucket',
]
