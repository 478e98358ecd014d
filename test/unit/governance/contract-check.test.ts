import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { type Contract, contractSchema } from '../../../chaos/core/contract.ts'
import type { ContractFinding } from '../../../chaos/governance/contract-finding.ts'
import { checkCluster } from '../../../chaos/governance/live-check.ts'
import type {
  ObservedCluster,
  ObservedPartition,
  ObservedSetting,
  ObservedTopic,
} from '../../../chaos/governance/observed-topic.ts'
import { checkTerms } from '../../../chaos/governance/terms-check.ts'

/** Each thing that the check claims to find is planted once, beside a twin that does not have it. */

const HOUR_MS = 3_600_000
const terms = {
  dataClass: 'telemetry',
  owner: 'insights',
  replayWindow: '4h',
  cleanup: 'delete',
  retention: '24h',
  partitionKey: 'device',
  schemaPolicy: 'backward',
  replayApprovers: ['insights-lead'],
  incidentContact: 'insights-on-call',
  duplicates: 'tolerated',
  sinkFencing: 'idempotent-upsert',
  dataOwner: 'eu-central-1',
  partitions: 1,
}

describe('a contract by itself', () => {
  it('holds when people, schemas and repeats are provided for', () => {
    assert.deepEqual(failing(checkTerms(contract())), [])
  })

  for (const placeholder of ['TODO', 'tbd', '?', 'n/a', 'Nobody', '-', '   '])
    it(`takes '${placeholder}' for no name`, () => {
      const findings = checkTerms(
        contract({
          owner: placeholder,
          incidentContact: placeholder,
          replayApprovers: ['lead', placeholder],
        }),
      )
      assert.deepEqual(failing(findings), ['fail owner', 'fail incident contact', 'fail replay approvers'])
    })

  it('takes a name that begins like one of those for a name', () => {
    assert.deepEqual(failing(checkTerms(contract({ owner: 'team-blue', incidentContact: 'todor' }))), [])
  })

  for (const schemaPolicy of ['none', 'forward'])
    it(`finds that schemas that are ${schemaPolicy} compatible do not let today's consumers read old records`, () => {
      assert.deepEqual(failing(checkTerms(contract({ schemaPolicy }))), ['fail schema policy'])
    })

  it('finds repeats that neither consumers nor the sink survive', () => {
    const change = { duplicates: 'forbidden', sinkFencing: 'none' }
    assert.deepEqual(failing(checkTerms(contract(change))), ['fail repeats'])
    assert.deepEqual(failing(checkTerms(contract({ ...change, sinkFencing: 'epoch' }))), [])
  })
})

describe('a contract held against a cluster', () => {
  it('holds when the cluster does as promised', () => {
    assert.deepEqual(failing(check({})), [])
  })

  it('finds a topic that is not there', () => {
    const cluster: ObservedCluster = { brokers: 3, watchedMs: 5000, topics: new Map(), uncovered: [] }
    assert.deepEqual(failing(checkCluster(contract(), cluster)), ['fail exists'])
  })

  it('finds another number of partitions', () => {
    assert.deepEqual(failing(check({ partitions: [partition(), partition({ partition: 1 })] })), [
      'fail partitions',
    ])
  })

  it('finds too few copies, and copies that are behind', () => {
    assert.deepEqual(failing(check({ partitions: [partition({ replicas: 2, inSync: 2 })] })), [
      'fail replicas',
    ])
    assert.deepEqual(failing(check({ partitions: [partition({ inSync: 1 })] })), ['fail in sync now'])
  })

  it('asks no copies of a platform whose object store keeps the only one', () => {
    const alone = { partitions: [partition({ replicas: 1, inSync: 1 })] }
    const findings = check({ ...alone, settings: settings({ 'min.insync.replicas': '1' }) }, {}, true)
    assert.deepEqual(failing(findings), [])
  })

  for (const name of ['cleanup.policy', 'retention.ms', 'min.insync.replicas'])
    it(`finds that ${name} is the broker's and not the topic's own`, () => {
      const own = settings()
      const inherited = { ...own, [name]: { ...(own[name] as ObservedSetting), source: 'broker' as const } }
      assert.deepEqual(failing(check({ settings: inherited })), ['fail own settings'])
    })

  it('finds a topic that is promised as full history and is compacted', () => {
    const compacted = settings({ 'cleanup.policy': 'compact', 'min.compaction.lag.ms': `${4 * HOUR_MS}` })
    const finding = check({ settings: compacted }).find(({ verdict }) => verdict === 'fail')
    assert.equal(finding?.check, 'cleanup')
    assert.match(finding?.next ?? '', /full history/)
  })

  it('finds compaction that does not wait for the replay window', () => {
    const promised = { cleanup: 'compact' }
    const early = settings({ 'cleanup.policy': 'compact', 'min.compaction.lag.ms': '0' })
    assert.deepEqual(failing(check({ settings: early }, promised)), ['fail compaction lag'])
    const late = settings({ 'cleanup.policy': 'compact', 'min.compaction.lag.ms': `${4 * HOUR_MS}` })
    assert.deepEqual(failing(check({ settings: late }, promised)), [])
  })

  for (const [ms, what] of [
    [`${3 * HOUR_MS}`, 'less than the window'],
    [`${48 * HOUR_MS}`, 'longer than promised'],
    ['-1', 'for ever'],
  ])
    it(`finds retention that is ${what}`, () => {
      assert.deepEqual(failing(check({ settings: settings({ 'retention.ms': ms as string }) })), [
        'fail retention',
      ])
    })

  it('finds a window of which a part has gone already, and says how far back it reaches', () => {
    const gone = partition({ logStart: 50, windowStart: 50, oldestAgeMs: HOUR_MS })
    const findings = check({ partitions: [gone] })
    assert.deepEqual(failing(findings), ['fail window available'])
    assert.match(findings.find(({ verdict }) => verdict === 'fail')?.actual ?? '', /60 min 0 s/)
  })

  it('finds nothing wrong where only records from before the window have gone', () => {
    assert.deepEqual(failing(check({ partitions: [partition({ logStart: 50, windowStart: 60 })] })), [])
    assert.deepEqual(failing(check({ partitions: [partition({ logStart: 50, windowStart: null })] })), [])
  })

  it('does not know about a partition that is empty and had records removed', () => {
    const empty = partition({ logStart: 100, logEnd: 100, windowStart: null })
    assert.deepEqual(failing(check({ partitions: [empty] })), ['inconclusive window available'])
  })

  it('finds retention by bytes that does not last for the window at the rate that was seen', () => {
    // 100 records of 1,000 B each; 10 a second fill 100 MB in 10,000 s, which is less than 4 h.
    const busy = partition({ arrived: 50, sizeBytes: 100_000 })
    const limited = (bytes: number) => settings({ 'retention.bytes': `${bytes}` })
    assert.deepEqual(failing(check({ partitions: [busy], settings: limited(100_000_000) })), [
      'fail retention by bytes',
    ])
    assert.deepEqual(failing(check({ partitions: [busy], settings: limited(150_000_000) })), [])
  })

  it('does not know how long bytes last where nothing came, or nobody tells a size', () => {
    const limited = settings({ 'retention.bytes': '1000000' })
    const unknown = ['inconclusive retention by bytes']
    assert.deepEqual(failing(check({ partitions: [partition()], settings: limited })), unknown)
    const unsized = partition({ arrived: 50, sizeBytes: null })
    assert.deepEqual(failing(check({ partitions: [unsized], settings: limited })), unknown)
    const tiered = settings({ 'retention.bytes': '1000000', 'remote.storage.enable': 'true' })
    const busy = partition({ arrived: 50, sizeBytes: 100_000 })
    assert.deepEqual(failing(check({ partitions: [busy], settings: tiered })), unknown)
  })

  it('finds a cluster that asks nobody who they are, and readers that nobody named', () => {
    assert.deepEqual(failing(check({ acls: null })), ['fail who may read'])
    const everybody = [{ principal: 'User:*', operation: 'read', allowed: true }]
    assert.deepEqual(failing(check({ acls: everybody })), ['fail who may read'])
    const refused = [...everybody, { principal: 'User:*', operation: 'all', allowed: false }]
    assert.deepEqual(failing(check({ acls: refused })), [])
    assert.deepEqual(failing(check({ acls: [{ principal: 'User:*', operation: 'all', allowed: true }] })), [
      'fail who may read',
      'fail who may write',
    ])
  })

  it('does not know what brokers do not tell', () => {
    assert.deepEqual(failing(check({ acls: 'unreadable' })), ['inconclusive who may read'])
    assert.deepEqual(failing(check({ settings: {} })), ['inconclusive settings'])
  })
})

function contract(change: object = {}): Contract {
  return contractSchema.parse({ contract: 'planted', topics: { telemetry: { ...terms, ...change } } })
}

function partition(change: Partial<ObservedPartition> = {}): ObservedPartition {
  return {
    partition: 0,
    replicas: 3,
    inSync: 3,
    logStart: 0,
    logEnd: 100,
    windowStart: 0,
    oldestAgeMs: null,
    sizeBytes: 20_000,
    arrived: 0,
    ...change,
  }
}

function settings(change: Readonly<Record<string, string>> = {}): Record<string, ObservedSetting> {
  const values = {
    'cleanup.policy': 'delete',
    'retention.ms': `${24 * HOUR_MS}`,
    'retention.bytes': '-1',
    'min.insync.replicas': '2',
    ...change,
  }
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, { value, source: 'topic' as const }]),
  )
}

function check(
  change: Partial<ObservedTopic>,
  promised: object = {},
  usesSharedStorage = false,
): ContractFinding[] {
  const observed: ObservedTopic = {
    partitions: [partition()],
    settings: settings(),
    acls: [{ principal: 'User:insights', operation: 'read', allowed: true }],
    ...change,
  }
  const cluster = { brokers: 3, watchedMs: 5000, topics: new Map([['telemetry', observed]]), uncovered: [] }
  return checkCluster(contract(promised), cluster, { usesSharedStorage })
}

function failing(findings: readonly ContractFinding[]): string[] {
  return findings
    .filter(({ verdict }) => verdict !== 'pass')
    .map(({ verdict, check: name }) => `${verdict} ${name}`)
}
