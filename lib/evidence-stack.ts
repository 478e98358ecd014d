import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib'
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  ObjectLockRetention,
  StorageClass,
} from 'aws-cdk-lib/aws-s3'
import type { Construct } from 'constructs'

export interface EvidenceStackProps extends StackProps {
  /**
   * How long a stored bundle can be neither changed nor deleted, except by those who may bypass governance
   * retention (`s3:BypassGovernanceRetention`). Counts from the upload of each object.
   *
   * @default Duration.days(365)
   */
  readonly retention?: Duration
}

/**
 * Where the evidence of runs is kept: a bucket whose objects stay as they were uploaded. It outlives the
 * stack, and holds no data of a platform under test.
 */
export class EvidenceStack extends Stack {
  /** Sealed bundles, one prefix a run. */
  readonly bucket: Bucket

  constructor(scope: Construct, id: string, props: EvidenceStackProps = {}) {
    const { retention = Duration.days(365), ...stackProps } = props
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
}
