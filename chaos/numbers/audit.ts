import { lossWork, REPEATED_WORK, RETENTION_WORK, removedWork, UNREAD_WORK } from './audit-advice.ts'
import type { GateEntry, Numbers } from './number.ts'
import { absent, auditCount, type Judged, type Reading } from './reading.ts'

const audited = (
  what: string,
  [count, anomaly]: readonly [count: string, anomaly: string],
  dimension: string,
  next: GateEntry['next'],
): GateEntry => ({
  dimension,
  what,
  unit: 'records',
  better: 'less',
  of: 'run',
  read: judged => auditCount(judged, count, anomaly),
  rests: ['histories'],
  next,
})

/** A run that is too short for anything to be deleted tells nothing of retention. */
function retentionOverdue(judged: Judged): readonly Reading[] {
  const { audit } = judged
  if (!audit) return auditCount(judged, '', '')
  if (!audit.retention)
    return [absent('this audit did not look at retention: aftershock audit of this version does')]
  const { judged: partitions, notJudged } = audit.retention
  if (partitions === 0) return [absent(notJudged[0] ?? 'no topic deletes by the time of its records')]
  return auditCount(judged, 'retention-not-effective', 'retention-not-effective')
}

/** The same for what happened so many times. */
const occurrences = (what: string, anomaly: string, next: string): GateEntry => ({
  ...audited(what, [anomaly, anomaly], 'consumer-groups', next),
  unit: 'times',
})

/** What wrong firmware left in topics; an audit of before it was looked for has none of it. */
const firmware = (what: string, count: string, next: string): GateEntry => ({
  ...audited(what, [count, ''], 'wrong-devices', next),
  read: judged =>
    judged.audit && judged.audit.counts[count] === undefined
      ? [absent('this audit did not look for wrong firmware: aftershock audit of this version does')]
      : auditCount(judged, count, ''),
})

/** What the audit counted. */
export const AUDIT_NUMBERS = {
  'acked-loss': {
    ...audited('acknowledged records that are not stored', ['lost', 'lost-write'], 'durability', lossWork),
    isKey: true,
  },
  'removed-in-window': audited(
    'records removed before their replay window had passed',
    ['removedInWindow', 'removed-in-window'],
    'oldest-offset-replay',
    removedWork,
  ),
  'retention-overdue-records': {
    ...audited(
      'records still stored that their topic’s retention should have deleted',
      ['', ''],
      'oldest-offset-replay',
      RETENTION_WORK,
    ),
    read: retentionOverdue,
  },
  'stored-twice': audited(
    'records stored more than once',
    ['storedTwice', 'device-duplicate'],
    'order',
    REPEATED_WORK,
  ),
  'firmware-repeats': firmware(
    'records stored again because wrong firmware published them twice',
    'repeatedByFirmware',
    'Mend the firmware, and let consumers know a repeat by device, epoch and sequence.',
  ),
  'sequence-restarts': firmware(
    'records stored under an id that another record of their device has',
    'sequenceRestarted',
    'Mend the firmware: a device that counts anew must begin an epoch, or its records cannot be distinguished; consumers that drop repeats drop them.',
  ),
  'malformed-records': firmware(
    'records stored that are none',
    'malformed',
    'Check what devices send before it is stored, at the gateway or by the broker, and give consumers a topic of dead letters.',
  ),
  'device-reorder': audited(
    'records stored out of their device’s order',
    ['reordered', 'device-reorder'],
    'order',
    'Change partitioning, or keep one request in flight per partition.',
  ),
  'device-gap': audited(
    'holes in a device’s sequence that nothing explains',
    ['gapsUnexplained', 'device-gap'],
    'order',
    'Find where the records went: compare the examples with the gateways’ histories.',
  ),
  'failed-but-stored': audited(
    'records reported as failed that are stored all the same',
    ['failedButStored', 'failed-but-stored'],
    'durability',
    'Treat the error as unknown in the client, and make consumers tolerate the repeat.',
  ),
  unread: audited(
    'records that a consumer group passed over and never read',
    ['unread', 'unread'],
    'consumer-groups',
    UNREAD_WORK,
  ),
  'poll-skip': occurrences('jumps of a reader over records that are known', 'poll-skip', UNREAD_WORK),
  'commit-ahead': occurrences(
    'commits ahead of what the group was given, or beyond the end',
    'commit-ahead',
    UNREAD_WORK,
  ),
  'commit-lost': occurrences(
    'commits of a group that brokers no longer had',
    'commit-lost',
    'Find what took the group’s offsets back: retention of offsets, a lost coordinator, another client that committed.',
  ),
} satisfies Numbers
