/**
 * The anomalies, by name. The first thirteen keep the names and the meanings of Jepsen's Kafka workload
 * (`jepsen.tests.kafka`); the others are about devices, runs and consumer groups.
 * docs/audit.md says what each means.
 */
export const ANOMALIES = [
  'lost-write',
  'inconsistent-offsets',
  'G1a',
  'precommitted-read',
  'duplicate',
  'unseen',
  'poll-skip',
  'nonmonotonic-poll',
  'nonmonotonic-send',
  'int-poll-skip',
  'int-nonmonotonic-poll',
  'int-send-skip',
  'int-nonmonotonic-send',
  'device-gap',
  'device-reorder',
  'device-duplicate',
  'failed-but-stored',
  'removed-in-window',
  'unread',
  'commit-ahead',
  'commit-lost',
  'commit-backwards',
  'retention-not-effective',
] as const
export type Anomaly = (typeof ANOMALIES)[number]

/** What an anomaly does to the verdict. */
export const WEIGHTS = ['fails', 'inconclusive', 'counts'] as const
export type Weight = (typeof WEIGHTS)[number]

/**
 * Loss, divergence, aborted reads and device gaps fail. What is unseen was acknowledged and never read: it
 * may be there or not. The rest is normal for at-least-once clients and consumers that are rebalanced.
 */
export const DEFAULT_WEIGHTS: Readonly<Record<Anomaly, Weight>> = {
  'lost-write': 'fails',
  'inconsistent-offsets': 'fails',
  G1a: 'fails',
  'precommitted-read': 'counts',
  duplicate: 'counts',
  unseen: 'inconclusive',
  'poll-skip': 'counts',
  'nonmonotonic-poll': 'counts',
  'nonmonotonic-send': 'counts',
  'int-poll-skip': 'counts',
  'int-nonmonotonic-poll': 'counts',
  'int-send-skip': 'counts',
  'int-nonmonotonic-send': 'counts',
  'device-gap': 'fails',
  'device-reorder': 'counts',
  'device-duplicate': 'counts',
  'failed-but-stored': 'fails',
  'removed-in-window': 'fails',
  unread: 'fails',
  'commit-ahead': 'fails',
  'commit-lost': 'counts',
  'commit-backwards': 'counts',
  'retention-not-effective': 'counts',
}
