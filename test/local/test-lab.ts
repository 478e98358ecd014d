import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ProcessIdentity } from '../../chaos/core/process-identity.ts'
import { removeLab, type StartedLab, startLab } from '../../chaos/drivers/local/lab/lab.ts'
import { identityOf } from '../../chaos/machine/process-table.ts'
import type { KafkaDistribution } from '../../chaos/drivers/local/setup/kafka.ts'
import { ensureLab, type InstalledSoftware } from '../../chaos/drivers/local/setup/lab.ts'
import { systemClock } from '../../chaos/system-clock.ts'

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

/** A real lab in a folder of its own; `await using` ends it whatever the test did to it. */
export async function startTestLab(): Promise<TestLab> {
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
