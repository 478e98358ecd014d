import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { attachLab } from '../../chaos/drivers/local/lab/lab.ts'
import { labKafka } from '../../chaos/drivers/local/lab/lab-admin.ts'
import { databaseDir } from '../../chaos/drivers/local/database/database-dir.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { readMeasurements } from '../../chaos/record/measurements.ts'
import { readScorecard } from '../../chaos/record/scorecard.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { aftershock, type Workplace } from './program.ts'

export const QUICK = packageFile('test', 'fixtures', 'drills', 'sinks-quick.yaml')
export const REPAIR = packageFile('test', 'fixtures', 'drills', 'repair-authorized.yaml')
export const FAULTS = packageFile('test', 'fixtures', 'drills', 'sinks-faults.yaml')

export async function perform(
  place: Workplace,
  drill: string,
  runDir: string,
  expected: number,
): Promise<void> {
  const program = aftershock(place, 'run', drill, '--out', runDir)
  const code = await program.exit
  assert.equal(code, expected, `${program.output().stderr}\n${program.output().stdout}`)
}

export function sinkOf(runDir: string) {
  const [sink] = readMeasurements(runDir)?.sinks ?? []
  assert.ok(sink)
  return sink
}

export function checksOf(runDir: string): Record<string, string> {
  const row = readScorecard(runDir)?.rows.find(({ dimension }) => dimension === 'connector-restart')
  return Object.fromEntries((row?.checks ?? []).map(({ check, verdict }) => [check, verdict]))
}

/** The same drill, with another sink. */
export function twin(place: Workplace, sink: string): string {
  const path = join(place.dir, 'sinks-quick.yaml')
  const text = readFileSync(QUICK, 'utf8')
    .replace('mode: upsert', sink)
    .replace('../../../contracts', packageFile('contracts'))
  assert.ok(text.includes(sink))
  writeFileSync(path, text)
  return path
}

/** What no sink can make a row of. */
export async function writeMalformed(place: Workplace, records: number): Promise<void> {
  const producer = labKafka(attachLab(place.labDir, systemClock).layout).producer()
  await producer.connect()
  const messages = Array.from({ length: records }, (_, index) => ({ value: `{"id": ${index}` }))
  await producer.send({ topic: 'integration', acks: -1, messages })
  await producer.disconnect()
}

export async function nothingIsLeft(place: Workplace): Promise<void> {
  const { layout, supervisor } = attachLab(place.labDir, systemClock)
  assert.deepEqual(
    supervisor.state.processes.filter(({ role }) => role === 'connect' || role === 'database'),
    [],
  )
  const proxies = (await (await fetch(`${layout.toxiproxyApi}/proxies`)).json()) as object
  assert.equal(Object.keys(proxies).length, layout.topology.links.length)
  assert.equal(existsSync(layout.connectDir), false)
  assert.equal(existsSync(databaseDir(layout)), false)
}
