export interface RunningInstance {
  readonly type: string
  readonly tags: Readonly<Record<string, string>>
}

/** What encrypts the objects of a bucket. `missing`: there is no such bucket. */
export type BucketKey =
  | { readonly kind: 'missing' }
  /** AWS's own key, of S3 or of the service: whoever may read an object may decrypt it. */
  | { readonly kind: 'aws' }
  | { readonly kind: 'customer'; readonly key: string }

/**
 * What a deployment needs to know of an account and its region. Every method throws AftershockError `unavailable`: with the
 * permission that is missing as its hint when AWS refuses to say.
 */
export interface AccountFacts {
  /** The value of a quota in force. */
  quota(service: string, code: string): Promise<number>
  /** On-demand instances that run or are about to. */
  runningInstances(): Promise<readonly RunningInstance[]>
  /** vCPUs of each instance type; a type that AWS does not know is not in it. */
  vcpus(types: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** The zones that offer each of these types. */
  zonesWith(types: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>
  /** The tags of each network of the region. */
  networks(): Promise<readonly Readonly<Record<string, string>>[]>
  hasRole(name: string): Promise<boolean>
  /** Makes the role by which a service acts, `autoscaling.amazonaws.com`. */
  makeServiceRole(service: string): Promise<void>
  bucketKey(bucket: string, account: string): Promise<BucketKey>
}

export type FactsOf = (region: string) => AccountFacts
