import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib'
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'

/**
 * A bucket in which a platform keeps records. It goes with its stack, whatever is in it: CloudFormation only
 * deletes empty buckets, so CDK's own function empties it first. Whoever writes to it must depend on it, or
 * would still be writing then.
 */
export class PlatformBucket extends Construct {
  readonly bucket: Bucket

  constructor(scope: Construct, id: string) {
    super(scope, id)
    this.bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      removalPolicy: RemovalPolicy.DESTROY,
      autoDeleteObjects: true,
      lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(1) }],
    })
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'It holds what simulated devices made up, goes with its environment, and of the roles of the environment only that of the brokers may read it. Who else in the account does is for the data events of CloudTrail, where an account has them.',
    })
  }
}
