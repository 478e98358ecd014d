/** What is compared. `automq-router` is AutoMQ with its zone router: no client byte crosses zones. */
export const COST_PLATFORMS = ['kafka', 'kafka-tiered', 'automq', 'automq-router'] as const
export type CostPlatform = (typeof COST_PLATFORMS)[number]

/** What decides a platform's bill, and no more. */
export interface PlatformTraits {
  /** Copies that brokers keep on their own disks come from other brokers. */
  readonly replicates: boolean
  /** Where a record ends up: on brokers' disks, there and then in the object store, or only in the store. */
  readonly keeps: 'disks' | 'both' | 'object-store'
  /** A consumer may read from a replica in its own zone (KIP-392). */
  readonly followerFetch: boolean
  /** Clients of a zone talk to brokers of that zone, whatever leads. */
  readonly zoneRouter: boolean
}

export const TRAITS: Readonly<Record<CostPlatform, PlatformTraits>> = {
  kafka: { replicates: true, keeps: 'disks', followerFetch: true, zoneRouter: false },
  'kafka-tiered': { replicates: true, keeps: 'both', followerFetch: true, zoneRouter: false },
  automq: { replicates: false, keeps: 'object-store', followerFetch: false, zoneRouter: false },
  'automq-router': { replicates: false, keeps: 'object-store', followerFetch: false, zoneRouter: true },
}
