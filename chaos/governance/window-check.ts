import type { TopicContract } from '../core/contract.ts'
import { list } from '../core/numbers.ts'
import { formatBytes, formatDuration, formatSpan, writtenDuration } from '../core/units.ts'
import type { TopicFindings } from './contract-finding.ts'
import type { ObservedPartition, ObservedTopic } from './observed-topic.ts'

/**
 * Whether a replay of the whole window could begin now, and for how long that stays so. Retention by time is a setting;
 * retention by bytes becomes a time only through what arrives.
 */
export function checkWindow(
  findings: TopicFindings,
  terms: TopicContract,
  observed: ObservedTopic,
  watchedMs: number,
): void {
  checkWindowNow(findings, terms, observed)
  checkBytes(findings, terms, observed, watchedMs)
}

function checkWindowNow(findings: TopicFindings, terms: TopicContract, { partitions }: ObservedTopic): void {
  const expected = `records of the last ${writtenDuration(terms.replayWindow)} are there`
  const states = partitions.map(partition => ({ ...partition, state: windowState(partition) }))
  const begun = states.filter(({ state }) => state === 'begins within')
  const unknown = states.filter(({ state }) => state === 'unknown')
  if (begun.length > 0) {
    const [worst] = begun.toSorted((a, b) => (a.oldestAgeMs ?? 0) - (b.oldestAgeMs ?? 0))
    const ageMs = worst?.oldestAgeMs ?? null
    const reach = ageMs === null ? 'less' : formatDuration(ageMs)
    findings.add(
      'window available',
      'fail',
      expected,
      `partition ${list(begun.map(({ partition }) => `${partition}`))} had older records removed and now reaches back ${reach}`,
      'a replay of the promised window cannot be had: raise retention, and tell the consumers that count on the window',
    )
    return
  }
  findings.add(
    'window available',
    unknown.length > 0 ? 'inconclusive' : 'pass',
    expected,
    unknown.length > 0
      ? `partition ${list(unknown.map(({ partition }) => `${partition}`))} is empty and had records removed: how old they were is not known`
      : 'each partition begins before the window, or with its first record',
    'write to the topic, or ask its owner when the last record came',
  )
}

/** Of a record that is just within the window. */
export const staysFor = (spareMs: number): string =>
  `the oldest required record is gone in ${formatSpan(spareMs)}`

type WindowState = 'whole' | 'begins within' | 'unknown'

function windowState({ logStart, logEnd, windowStart }: ObservedPartition): WindowState {
  if (logStart === 0) return 'whole'
  if (logEnd === logStart) return 'unknown'
  // A record older than the window is still there, so nothing within the window has gone.
  return windowStart === null || windowStart > logStart ? 'whole' : 'begins within'
}

function checkBytes(
  findings: TopicFindings,
  terms: TopicContract,
  { partitions, settings }: ObservedTopic,
  watchedMs: number,
): void {
  const setting = settings['retention.bytes']
  if (setting === undefined) return
  const limit = Number(setting.value)
  const window = writtenDuration(terms.replayWindow)
  const expected = `at the present rate, ${window} fit into retention.bytes`
  const next = 'raise retention.bytes (-1: no limit), or shorten the replay window'
  const deletes = settings['cleanup.policy']?.value.includes('delete') ?? true
  if (limit < 0 || !deletes) {
    findings.add('retention by bytes', 'pass', expected, 'no limit by bytes', next)
    return
  }
  if (settings['remote.storage.enable']?.value === 'true') {
    const why = 'part of the topic is in a tier, whose bytes brokers do not report'
    findings.add('retention by bytes', 'inconclusive', expected, why, next)
    return
  }
  const lasting = partitions.map(partition => ({
    partition: partition.partition,
    ms: lastsFor(partition, limit, watchedMs),
  }))
  const unmeasured = lasting.filter(({ ms }) => ms === 'unknown').map(({ partition }) => `${partition}`)
  const known = lasting.flatMap(({ partition, ms }) => (typeof ms === 'number' ? [{ partition, ms }] : []))
  const [shortest] = known.toSorted((a, b) => a.ms - b.ms)
  const told = shortest
    ? `${formatBytes(limit)} a partition last ${formatDuration(shortest.ms)} in partition ${shortest.partition}${shortest.ms < terms.replayWindow ? '' : `: ${staysFor(shortest.ms - terms.replayWindow)}`}`
    : 'no record came while it was watched'
  if (shortest && shortest.ms < terms.replayWindow)
    return findings.add('retention by bytes', 'fail', expected, told, next)
  const open = unmeasured.length > 0 || !shortest
  findings.add(
    'retention by bytes',
    open ? 'inconclusive' : 'pass',
    expected,
    unmeasured.length > 0 ? `${told}; the size of partition ${list(unmeasured)} is not known` : told,
    open
      ? 'watch longer (--watch), while the topic is written to, as a principal that may describe the cluster'
      : next,
  )
}

/** How long `limit` bytes last at the rate that was seen; `idle` where nothing came. */
function lastsFor(
  { sizeBytes, logStart, logEnd, arrived }: ObservedPartition,
  limit: number,
  watchedMs: number,
): number | 'unknown' | 'idle' {
  if (arrived === 0) return 'idle'
  if (sizeBytes === null || logEnd === logStart || watchedMs <= 0) return 'unknown'
  const bytesPerRecord = sizeBytes / (logEnd - logStart)
  return limit / ((arrived / watchedMs) * bytesPerRecord)
}
