import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib'
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'

export interface TransientBucketProps {
  /** @default for as long as the bucket is there */
  readonly keptFor?: Duration
  /** Why nobody logs who reads it. */
  readonly unlogged: string
}

/**
 * A bucket that goes with its stack, whatever is in it: CloudFormation only deletes empty buckets, so CDK's own function
 * refuses further writes and empties it first. Whoever writes to it must depend on it, or would still be writing then.
 */
export class TransientBucket extends Construct {
  readonly bucket: Bucket

  constructor(scope: Construct, id: string, { keptFor, unlogged }: TransientBucketProps) {
    super(scope, id)
    this.bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      removalPolicy: RemovalPolicy.DESTROY,
      autoDeleteObjects: true,
      lifecycleRules: [
        {
          abortIncompleteMultipartUploadAfter: Duration.days(1),
          ...(keptFor && { expiration: keptFor }),
        },
      ],
    })
    Validations.of(this.bucket).acknowledge({ id: 'AwsSolutions-S1', reason: unlogged })
  }
}
