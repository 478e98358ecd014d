import type { Construct } from 'constructs'
import { TransientBucket } from './transient-bucket.ts'

/**
 * A bucket in which a platform keeps records. It has no versions, and brokers may delete every object in it, as these
 * platforms need to: what it holds is under test, and no evidence.
 */
export class PlatformBucket extends TransientBucket {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      unlogged:
        'It holds what simulated devices made up, goes with its environment, and of the roles of the environment only those of the brokers may read it. Who else in the account does is for the data events of CloudTrail, where an account has them.',
    })
  }
}
