import type { Contract, TopicContract } from '../core/contract.ts'
import { count, list, plural } from '../core/numbers.ts'
import { writtenDuration } from '../core/units.ts'
import { type ContractFinding, TopicFindings } from './contract-finding.ts'
import { checkAccess } from './access-check.ts'
import type { ObservedCluster, ObservedSetting, ObservedTopic } from './observed-topic.ts'
import { checkWindow, staysFor } from './window-check.ts'

/** Settings that decide whether a contract can be kept; each must stand on the topic itself. */
const OWN_SETTINGS = ['cleanup.policy', 'retention.ms', 'min.insync.replicas']

export interface LiveCheckOptions {
  /** A platform whose object store keeps the one copy has no replicas of its own. @default false */
  readonly usesSharedStorage?: boolean
}

/** What a running cluster makes of a contract. Whatever brokers did not tell is inconclusive, never a pass. */
export function checkCluster(
  { topics }: Contract,
  cluster: ObservedCluster,
  { usesSharedStorage = false }: LiveCheckOptions = {},
): ContractFinding[] {
  return Object.entries(topics).flatMap(([topic, terms]) => {
    const findings = new TopicFindings(topic)
    const observed = cluster.topics.get(topic)
    findings.add(
      'exists',
      observed ? 'pass' : 'fail',
      'the cluster has the topic',
      observed ? plural(observed.partitions.length, 'partition') : 'there is no such topic',
      'create it with the settings of the contract; do not leave it to auto-creation, which takes the broker’s defaults',
    )
    if (!observed) return findings.findings
    checkLayout(findings, terms, observed, usesSharedStorage)
    if (Object.keys(observed.settings).length === 0)
      findings.add(
        'settings',
        'inconclusive',
        'retention, cleanup and copies as promised',
        'the brokers did not tell the topic’s settings',
        'give this principal DESCRIBE_CONFIGS on the topic',
      )
    else checkSettings(findings, terms, observed, usesSharedStorage)
    checkWindow(findings, terms, observed, cluster.watchedMs)
    checkAccess(findings, observed)
    return findings.findings
  })
}

function checkLayout(
  findings: TopicFindings,
  terms: TopicContract,
  { partitions }: ObservedTopic,
  usesSharedStorage: boolean,
): void {
  findings.add(
    'partitions',
    partitions.length === terms.partitions ? 'pass' : 'fail',
    count(terms.partitions),
    count(partitions.length),
    'a device’s partition follows from their number: change the contract, or move the records to a topic with that many',
  )
  if (usesSharedStorage) return
  const least = Math.min(...partitions.map(({ replicas }) => replicas))
  findings.add(
    'replicas',
    least >= terms.replicas ? 'pass' : 'fail',
    `at least ${terms.replicas} of each partition`,
    `${least}`,
    `reassign the topic’s partitions to ${terms.replicas} brokers`,
  )
  const short = partitions.filter(({ inSync }) => inSync < terms.minInSyncReplicas)
  findings.add(
    'in sync now',
    short.length === 0 ? 'pass' : 'fail',
    `at least ${terms.minInSyncReplicas} in sync`,
    short.length === 0
      ? 'all partitions have them'
      : `${plural(short.length, 'partition')} with fewer: ${list(short.map(({ partition }) => `${partition}`))}`,
    'such a partition takes no acks=all write: find out which broker is behind',
  )
}

function checkSettings(
  findings: TopicFindings,
  terms: TopicContract,
  { settings }: ObservedTopic,
  usesSharedStorage: boolean,
): void {
  const wanted = OWN_SETTINGS.filter(name => !(usesSharedStorage && name === 'min.insync.replicas'))
  const inherited = wanted.filter(name => settings[name] !== undefined && settings[name].source !== 'topic')
  findings.add(
    'own settings',
    inherited.length === 0 ? 'pass' : 'fail',
    'set on the topic itself',
    inherited.length === 0
      ? list(wanted)
      : `${list(inherited.map(name => `${name}=${settings[name]?.value}`))} from the ${list([...new Set(inherited.map(name => sourceWord(settings[name])))])}`,
    'set them on the topic: a change of the broker’s default would change this promise unnoticed',
  )
  checkCleanup(findings, terms, settings)
  checkRetention(findings, terms, settings)
  if (!usesSharedStorage)
    atLeast(findings, 'min in-sync replicas', terms.minInSyncReplicas, settings['min.insync.replicas'])
  if (terms.timestampType !== undefined) {
    const wantedType = terms.timestampType === 'create' ? 'CreateTime' : 'LogAppendTime'
    equals(findings, 'timestamp type', wantedType, settings['message.timestamp.type'])
  }
}

function sourceWord(setting: ObservedSetting | undefined): string {
  return setting?.source === 'broker' ? 'broker’s settings' : 'defaults of Kafka'
}

function checkCleanup(
  findings: TopicFindings,
  terms: TopicContract,
  settings: ObservedTopic['settings'],
): void {
  const setting = settings['cleanup.policy']
  if (setting === undefined) return reportUnmeasured(findings, 'cleanup', terms.cleanup, 'cleanup.policy')
  const actual = new Set(setting.value.split(',').map(word => word.trim()))
  const promised = new Set(terms.cleanup.split(','))
  const compactsHistory = actual.has('compact') && !promised.has('compact')
  const same = actual.size === promised.size && [...actual].every(word => promised.has(word))
  findings.add(
    'cleanup',
    same ? 'pass' : 'fail',
    terms.cleanup,
    setting.value,
    compactsHistory
      ? 'promised as full history, and compaction keeps only the last record of each device: set cleanup.policy to delete, or promise compacted history'
      : `set cleanup.policy to ${terms.cleanup}, or change the contract`,
  )
  if (!actual.has('compact')) return
  const lag = settings['min.compaction.lag.ms']
  const promise = Math.max(terms.compactionLag ?? terms.replayWindow, terms.replayWindow)
  if (lag === undefined)
    return reportUnmeasured(findings, 'compaction lag', writtenDuration(promise), 'min.compaction.lag.ms')
  const lagMs = Number(lag.value)
  findings.add(
    'compaction lag',
    lagMs >= promise ? 'pass' : 'fail',
    `at least ${writtenDuration(promise)}`,
    writtenDuration(lagMs),
    'set min.compaction.lag.ms: sooner, compaction removes records that a replay is promised',
  )
}

function checkRetention(
  findings: TopicFindings,
  terms: TopicContract,
  settings: ObservedTopic['settings'],
): void {
  const setting = settings['retention.ms']
  const expected = `${writtenDuration(terms.retention)}, and at least the replay window of ${writtenDuration(terms.replayWindow)}`
  if (setting === undefined) return reportUnmeasured(findings, 'retention', expected, 'retention.ms')
  const ms = Number(setting.value)
  const deletes = settings['cleanup.policy']?.value.includes('delete') ?? true
  const enough = !deletes || ms < 0 || ms >= terms.replayWindow
  const kept = ms < 0 ? 'for ever' : writtenDuration(ms)
  const spare = deletes && ms >= terms.replayWindow ? `: ${staysFor(ms - terms.replayWindow)}` : ''
  findings.add(
    'retention',
    enough && ms === terms.retention ? 'pass' : 'fail',
    expected,
    `${kept}${spare}`,
    enough
      ? 'keeps another time than promised (data that must go, or unplanned costs): set retention.ms, or change the contract'
      : 'records are deleted before their replay may begin: set retention.ms as the contract says',
  )
}

function atLeast(
  findings: TopicFindings,
  check: string,
  least: number,
  setting: ObservedSetting | undefined,
): void {
  if (setting === undefined)
    return reportUnmeasured(findings, check, `at least ${least}`, 'min.insync.replicas')
  findings.add(
    check,
    Number(setting.value) >= least ? 'pass' : 'fail',
    `at least ${least}`,
    setting.value,
    'with fewer, an acknowledged record may stand on one disk alone',
  )
}

function equals(
  findings: TopicFindings,
  check: string,
  expected: string,
  setting: ObservedSetting | undefined,
): void {
  if (setting === undefined) return reportUnmeasured(findings, check, expected, 'message.timestamp.type')
  findings.add(
    check,
    setting.value === expected ? 'pass' : 'fail',
    expected,
    setting.value,
    'retention and replays by time go by this: set it on the topic, or change the contract',
  )
}

function reportUnmeasured(findings: TopicFindings, check: string, expected: string, name: string): void {
  findings.add(
    check,
    'inconclusive',
    expected,
    `the brokers did not tell ${name}`,
    'give this principal DESCRIBE_CONFIGS',
  )
}
