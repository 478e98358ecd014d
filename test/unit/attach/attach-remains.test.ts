import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'mocha'
import type { Remains } from '../../../chaos/drivers/environment.ts'
import { remainsOf } from '../../../chaos/drivers/index.ts'
import type { JournalEvent } from '../../../chaos/record/journal-events.ts'
import { Journal } from '../../../chaos/record/journal.ts'
import { systemClock } from '../../../chaos/system-clock.ts'

const VARIABLE = 'AFTERSHOCK_CLIENT_SASL_JAAS_CONFIG'
const attached: JournalEvent = {
  kind: 'cluster.attached',
  bootstrap: '192.0.2.1:9092',
  clusterId: null,
  commandConfig: null,
  variables: [VARIABLE],
  brokers: [],
  topicPrefix: 'aftershock.mark.',
  topics: ['aftershock.mark.telemetry'],
  maxBytes: 1,
  expectedBytes: 1,
}
const left = (kept: string[]): JournalEvent => ({ kind: 'cluster.left', deleted: [], kept })

/** What a run that died left, by a journal of these lines. */
async function remains<T>(
  lines: readonly JournalEvent[],
  look: (remains: Remains) => Promise<T> | T,
): Promise<T> {
  const runDir = mkdtempSync(join(tmpdir(), 'aftershock-remains-'))
  try {
    {
      using journal = Journal.create(join(runDir, 'journal.jsonl'), systemClock)
      for (const line of lines) journal.append(line)
    }
    const runner = { pid: 1, startedAt: 'never' }
    const run = { driver: 'attach', runDir, labDir: null, ownsLab: false, hasConnector: false }
    const of = await remainsOf('attach')
    return await look(of({ ...run, startedAtWallMs: 0, runner, started: [] }, systemClock))
  } finally {
    rmSync(runDir, { recursive: true, force: true })
  }
}

describe('what a dead run left in a cluster that is not ours', () => {
  const isAlive = (...lines: JournalEvent[]) => remains(lines, one => one.isAlive())

  it('is there until every topic is said to be gone, however often somebody healed it', async () => {
    assert.equal(await isAlive(), false)
    assert.equal(await isAlive(attached), true)
    assert.equal(await isAlive(attached, left(['aftershock.mark.telemetry: no broker answered'])), true)
    assert.equal(await isAlive(attached, left(['…: no broker answered']), left([])), false)
  })

  it('is there while its quota may be, also where its topics are gone', async () => {
    const client = 'aftershock.mark.fleet'
    const intended: JournalEvent = { kind: 'quota.intended', client, bytesPerSecond: 1 }
    const made: JournalEvent = { kind: 'quota.made', client, bytesPerSecond: 1, told: true, before: [] }
    assert.equal(await isAlive(attached, intended, left([])), true)
    assert.equal(await isAlive(attached, intended, made, left([])), true)
    assert.equal(
      await isAlive(attached, intended, { kind: 'quota.absent', client, why: 'no' }, left([])),
      false,
    )
    assert.equal(await isAlive(attached, intended, made, left([]), { kind: 'quota.removed', client }), false)
  })

  it('is not healed without the login of the run, and says what is missing', async () => {
    assert.equal(process.env[VARIABLE], undefined)
    const words = await remains([attached], async one => {
      await using entered = one.enter({
        record: () => assert.fail('nothing was done'),
        held: () => new Set(),
      })
      return await entered.leave?.()
    })
    assert.equal(words?.length, 1)
    assert.match(words[0] ?? '', new RegExp(`^the topics of the run .*${VARIABLE}, which is not set here`))
  })
})
