/** What is counted for every topic, and over all of them. Records, unless it says otherwise. */
export const COUNTS = {
  sends: 'Attempts to send a record.',
  acked: 'Attempts that were acknowledged.',
  failed: 'Attempts that certainly did not happen.',
  unknown: 'Attempts of which nobody knows.',
  polled: 'Records that consumers were given.',
  records: 'Different records that were sent.',
  stored: 'Copies in the log, as the witness read it.',
  lost: 'Accountable, and not where they must be.',
  unseen: 'Acknowledged, and not within what the witness read.',
  unread: 'Stored, passed over by a consumer group, and given to none of its members.',
  lostWithLog: 'Lost, and the log of its partition began anew: nothing of before is left.',
  expired: 'Accountable, and removed by retention or compaction.',
  expiredByTime: 'Removed from the start of the log by age.',
  expiredBySize: 'Removed from the start of the log by size: younger than the retention.',
  expiredByCompaction: 'Removed by compaction, for a newer record of its key.',
  removedInWindow: 'Removed although it was younger than its replay window.',
  removedAtUnknownAge: 'Removed, and nobody knows how old it was.',
  duplicates: 'Offsets beyond the first at which a record stands.',
  storedTwice: 'Copies in the log beyond the first, and beyond those that devices meant.',
  repeatedOnPurpose: 'Copies in the log beyond the first that devices meant: they published a record again.',
  reordered: 'Stored after a later record of the same device and epoch.',
  resentAfterAck: 'Duplicated: sent again although it had been acknowledged.',
  resentAfterUnknown: 'Duplicated: sent again after an attempt of which nobody knows.',
  resentAfterFail: 'Duplicated: sent again after an attempt that was said to have failed.',
  unexplainedDuplicates: 'Duplicated: stored more often than it was sent.',
  failedNotStored: 'Every attempt failed, and not stored.',
  unknownStored: 'Only unknown outcomes, and stored.',
  unknownNotStored: 'Only unknown outcomes, and not stored.',
  failedButStored: 'Every attempt failed, and stored.',
  dropped: 'Thrown away at the edge.',
  refused: 'Refused for what they are, and given up by their devices.',
  foreign: 'Read, and sent by nobody in this history.',
  gapsUnexplained: 'Missing between records of the same device and epoch, without a reason.',
  gapsDropped: 'Missing there because the edge dropped them.',
  gapsNeverAcked: 'Missing there, and never acknowledged.',
} as const
export type CountName = keyof typeof COUNTS
export type Counts = Record<CountName, number>

const ZERO = Object.fromEntries(Object.keys(COUNTS).map(name => [name, 0])) as Counts

export function zeroCounts(): Counts {
  return { ...ZERO }
}

export function addCounts(into: Counts, from: Readonly<Counts>): void {
  for (const name of Object.keys(COUNTS) as CountName[]) into[name] += from[name]
}
