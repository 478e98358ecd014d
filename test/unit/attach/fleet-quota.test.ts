import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { AftershockError } from '../../../chaos/core/errors.ts'
import { rateLimit, writeRate } from '../../../chaos/drivers/attach/byte-ceiling.ts'
import { makeFleetQuota, quotaLeft, removeFleetQuota } from '../../../chaos/drivers/attach/fleet-quota.ts'
import { loadDrill } from '../../../chaos/drill/load-drill.ts'
import type { ClientQuota } from '../../../chaos/kafka/client-quotas.ts'
import type { JournalEvent } from '../../../chaos/record/journal-events.ts'
import { VirtualClock } from '../run/virtual-clock.ts'

const QUOTA = { client: 'aftershock.mark.fleet', bytesPerSecond: 1_000_000 }

interface Cluster {
  /** What it answers to whoever sets a quota. @default it is set */
  readonly answer?: string | null | undefined
  readonly ofClients?: readonly ClientQuota[]
  readonly ofUsers?: readonly ClientQuota[]
  /** Whether it tells what is set. @default true */
  readonly tells?: boolean
}

function cluster({ answer = null, ofClients = [], ofUsers = [], tells = true }: Cluster, silent = false) {
  const set: (number | null)[] = []
  const lines: JournalEvent[] = []
  const operator = {
    limit: async () => (tells ? (set.at(-1) ?? null) : undefined),
    limits: async (kind: 'user' | 'client-id') => (kind === 'user' ? ofUsers : ofClients),
    async tryLimitTo(_client: unknown, bytesPerSecond: number | null) {
      if (silent) return undefined
      if (answer === null) set.push(bytesPerSecond)
      return answer
    },
  }
  return { set, lines, operator, record: (event: JournalEvent) => void lines.push(event) }
}

async function made(of: Cluster, user: string | null = 'fleet') {
  const one = cluster(of)
  const clock = new VirtualClock()
  const work = makeFleetQuota(QUOTA, { operator: one.operator, user, record: one.record, clock })
  await clock.run(work)
  return one
}

const kinds = (lines: readonly JournalEvent[]) => lines.map(({ kind }) => kind)

describe('the produce quota of a run', () => {
  it('stands in the journal before it is asked for, and as made once brokers tell it', async () => {
    const { lines, set } = await made({})
    assert.deepEqual(kinds(lines), ['quota.intended', 'quota.made'])
    assert.deepEqual(set, [QUOTA.bytesPerSecond])
    assert.deepEqual(lines[1], { kind: 'quota.made', ...QUOTA, told: true, before: [] })
    assert.equal(quotaLeft(lines), QUOTA.client)
  })

  it('is not there, in words, where the login may not set one, and nothing is left to be taken away', async () => {
    const { lines, set } = await made({ answer: 'Cluster authorization failed.' })
    assert.deepEqual(kinds(lines), ['quota.intended', 'quota.absent'])
    assert.match(JSON.stringify(lines[1]), /refused it \(Cluster authorization failed\.\)/)
    assert.deepEqual(set, [])
    assert.equal(quotaLeft(lines), null)
  })

  it('never loosens what the owner set for clients that none names', async () => {
    const ofAll = (bytesPerSecond: number) => [{ entity: { 'client-id': null }, bytesPerSecond }]
    const { lines, set } = await made({ ofClients: ofAll(500_000) })
    assert.deepEqual([kinds(lines), set], [['quota.absent'], []])
    assert.match(JSON.stringify(lines), /500.*lower/)
    const wide = await made({ ofClients: ofAll(5_000_000) })
    assert.deepEqual(kinds(wide.lines), ['quota.intended', 'quota.made'])
  })

  it('names quotas of users that brokers apply first, and none of others', async () => {
    const ofUsers = [
      { entity: { user: 'fleet' }, bytesPerSecond: 2_000_000 },
      { entity: { user: 'others' }, bytesPerSecond: 3 },
      { entity: { user: 'fleet', 'client-id': 'billing' }, bytesPerSecond: 4 },
      { entity: { user: null }, bytesPerSecond: 8_000_000 },
    ]
    const { lines } = await made({ ofUsers })
    const line = lines[1]
    assert.ok(line?.kind === 'quota.made')
    assert.equal(line.before.length, 2)
    assert.match(line.before[0] ?? '', /for the user fleet$/)
    assert.match(line.before[1] ?? '', /for users that none names$/)
  })

  it('is not said to be in force where brokers do not tell it', async () => {
    const { lines } = await made({ tells: false })
    const line = lines[1]
    assert.ok(line?.kind === 'quota.made')
    assert.equal(line.told, false)
  })

  it('ends the run where no broker answers, and may be there', async () => {
    const { operator, record, lines } = cluster({}, true)
    const clock = new VirtualClock()
    await assert.rejects(
      makeFleetQuota(QUOTA, { operator, user: null, record, clock }),
      (error: AftershockError) => error.code === 'unavailable',
    )
    assert.equal(quotaLeft(lines), QUOTA.client)
    assert.equal(await removeFleetQuota(QUOTA.client, operator, record), false)
    assert.equal(lines.at(-1)?.kind, 'quota.remains')
    assert.equal(quotaLeft(lines), QUOTA.client)
  })

  it('is taken away as often as somebody asks', async () => {
    const { operator, record, lines, set } = await made({})
    for (let times = 0; times < 2; times += 1)
      assert.equal(await removeFleetQuota(QUOTA.client, operator, record), true)
    assert.deepEqual(set, [QUOTA.bytesPerSecond, null, null])
    assert.equal(quotaLeft(lines), null)
  })
})

describe('what devices send a second at most', () => {
  it('is ten times what they make, no less than a megabyte, or what is asked for', async () => {
    const { drill } = await loadDrill('attach')
    const rate = writeRate(drill)
    assert.equal(rateLimit(drill, null), Math.ceil(Math.max(1e6, 10 * rate)))
    const { fleet } = drill
    const large = { ...drill, fleet: { ...fleet, devices: 10_000 } }
    assert.equal(rateLimit(large, null), Math.ceil(10 * writeRate(large)))
    assert.equal(rateLimit(drill, rate + 1), rate + 1)
  })

  it('is refused where devices make more: what is not sent in time never would be', async () => {
    const { drill } = await loadDrill('attach')
    assert.throws(
      () => rateLimit(drill, writeRate(drill)),
      (error: AftershockError) => error.code === 'refused' && /--max-rate is/.test(error.message),
    )
  })
})
