import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ProcessIdentity } from '../../chaos/core/process-identity.ts'
import { messageOf } from '../../chaos/core/errors.ts'
import { waitFor } from '../../chaos/core/wait.ts'
import { localDriver } from '../../chaos/drivers/local/local-driver.ts'
import { withLabAdmin } from '../../chaos/drivers/local/lab/lab-admin.ts'
import { findLeftovers } from '../../chaos/drivers/local/lab/lab-leftovers.ts'
import { removeLab, type StartedLab, startLab } from '../../chaos/drivers/local/lab/lab.ts'
import { identityOf } from '../../chaos/machine/process-table.ts'
import type { KafkaDistribution } from '../../chaos/drivers/local/setup/kafka.ts'
import { ensureLab, type InstalledSoftware } from '../../chaos/drivers/local/setup/lab.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { keepsLab, keptLab } from './kept-lab.ts'

/** The tests' own block of addresses: a lab that the user has up is left alone. */
export const TEST_BLOCK = 9

export async function testSoftware(): Promise<InstalledSoftware & { readonly kafka: KafkaDistribution }> {
  const software = await ensureLab({
    env: process.env,
    clock: systemClock,
    progress: line => void process.stderr.write(`    ${line}\n`),
  })
  const { kafka } = software
  assert.ok(kafka, 'the lab of Kafka has its jars')
  return { ...software, kafka }
}

export interface TestLab extends AsyncDisposable {
  readonly lab: StartedLab
  readonly dir: string
}

/**
 * A real lab in a folder of its own; `await using` ends it whatever the test did to it. Where files share one, it goes
 * on to the next file once nothing of this one is left in it, and ends otherwise.
 */
export async function startTestLab(): Promise<TestLab> {
  const kept = keptLab.current as TestLab | undefined
  keptLab.current = undefined
  if (kept) return borrowed(kept)
  const started = await startNewLab()
  return keepsLab ? borrowed(started) : started
}

function borrowed(own: TestLab): TestLab {
  return {
    ...own,
    async [Symbol.asyncDispose]() {
      const left = await leftIn(own.lab)
      if (left.length === 0) keptLab.current = own
      else {
        process.stderr.write(`    the lab ends with this file: ${left.join('; ')}\n`)
        await own[Symbol.asyncDispose]()
      }
    },
  }
}

/** Topics of Kafka’s own stay with its groups and transactions, whose names each file gives by itself. */
const ofKafka = (topic: string): boolean => topic.startsWith('__')

/** Takes its topics away, and tells what else keeps the lab from being as it was made. */
async function leftIn(lab: StartedLab): Promise<string[]> {
  try {
    const topics = await withLabAdmin(lab.layout, admin => admin.listTopics())
    const own = topics.filter(topic => !ofKafka(topic))
    if (own.length > 0) await withLabAdmin(lab.layout, admin => admin.deleteTopics({ topics: own }))
    const wait = { clock: systemClock, deadlineMs: 20_000, everyMs: 200 }
    await waitFor('its topics to be gone', () => areGone(lab), wait)
    return (await findLeftovers(lab, { topics: topics.filter(ofKafka) })).map(({ what }) => what)
  } catch (error) {
    return [messageOf(error)]
  }
}

/** Gone for every broker, and what is Kafka’s own in sync on all of them. */
async function areGone(lab: StartedLab): Promise<boolean> {
  using driver = localDriver(lab)
  const { partitions, answered } = await driver.cluster.describe()
  return (
    answered.length === lab.layout.topology.nodes.length &&
    Object.entries(partitions).every(([name, { isr }]) => ofKafka(name) && isr.length === answered.length)
  )
}

async function startNewLab(): Promise<TestLab> {
  const software = await testSoftware()
  const root = mkdtempSync(join(tmpdir(), 'aftershock-test-'))
  const dir = join(root, 'lab')
  const lab = await startLab({
    block: TEST_BLOCK,
    dir,
    kind: 'run',
    timeouts: 'tuned',
    user: identityOf(process.pid) as ProcessIdentity,
    software,
    clock: systemClock,
  })
  return {
    lab,
    dir,
    async [Symbol.asyncDispose]() {
      await removeLab(dir, systemClock)
      rmSync(root, { recursive: true, force: true })
    },
  }
}
