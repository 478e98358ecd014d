import type { Anomaly, Weight } from '../record/audit-file.ts'

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
  'sequence-restarted': 'counts',
}
