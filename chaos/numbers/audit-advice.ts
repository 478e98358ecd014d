import type { Judged } from './reading.ts'

type Audit = NonNullable<Judged['audit']>

const countIn = (audit: Audit | null, name: string): number => Number(audit?.counts[name] ?? 0)

/** What to do about lost records: a log that began anew was not lost by how it was acknowledged. */
export function lossWork({ audit }: Pick<Judged, 'audit'>): string {
  const anew = countIn(audit, 'lostWithLog')
  const work: string[] = []
  if (anew > 0)
    work.push(
      'Find who deleted a topic and made it again, or which disk was lost without a copy: the log of a partition began anew, which no acks setting prevents.',
    )
  if (anew === 0 || countIn(audit, 'lost') > anew)
    work.push('Revisit the storage model: check acks, min.insync.replicas and unclean leader election.')
  return work.join(' ')
}

const REMOVED_BY = {
  expiredByCompaction: 'let compaction wait as long as the replay window (min.compaction.lag.ms)',
  expiredByTime:
    'keep records as long (retention.ms; by the broker’s time where senders’ clocks are behind: message.timestamp.type)',
  expiredBySize: 'let a partition keep more (retention.bytes)',
} as const

/** What to do about records that were removed while they were owed. */
export function removedWork({ audit }: Pick<Judged, 'audit'>): string {
  const causes = Object.entries(REMOVED_BY).filter(([name]) => countIn(audit, name) > 0)
  const work = causes.map(([, what]) => what).join(', and ')
  return `Keep what the contract promises: ${work || 'keep records as long as their replay window'}; or promise a shorter window.`
}

export const RETENTION_WORK =
  'A device’s clock is ahead, and its record keeps its segment and all after it: mend the clock, refuse such records (message.timestamp.after.max.ms), or keep by the broker’s time (message.timestamp.type: LogAppendTime).'

export const UNREAD_WORK =
  'Find what moved the consumer group: a commit ahead of what it had been given, a reset to the latest offset, or a member that began elsewhere.'
export const REPEATED_WORK = 'Adjust connector semantics: sinks must upsert or fence repeated records.'

const BY_ANOMALY: Readonly<Record<string, (judged: Pick<Judged, 'audit'>) => string>> = {
  'lost-write': lossWork,
  'removed-in-window': removedWork,
  unread: () => UNREAD_WORK,
  'commit-ahead': () => UNREAD_WORK,
  duplicate: () => REPEATED_WORK,
  'device-duplicate': () => REPEATED_WORK,
}

/** What a failed audit asks for, cause by cause. */
export function auditWork(judged: Pick<Judged, 'audit'>): string {
  const found = (judged.audit?.failures ?? []).flatMap(({ anomaly }) => BY_ANOMALY[anomaly]?.(judged) ?? [])
  return [...new Set(found), 'Read the anomalies in audit.json: each has a smallest example.'].join(' ')
}

/** Why an audit failed, most important first. */
export function failureWords(audit: Audit): string | null {
  const words = (audit.failures ?? []).map(({ anomaly, topic, count, what }) =>
    typeof what === 'string' ? `${String(topic)}: ${what}` : `${String(topic)}: ${Number(count)} ${anomaly}`,
  )
  const more = words.length > 3 ? `, and ${words.length - 3} more` : ''
  return words.length === 0 ? null : `${words.slice(0, 3).join('; ')}${more}`
}
