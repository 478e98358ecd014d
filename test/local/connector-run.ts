import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { EXIT } from '../../chaos/core/exit-codes.ts'
import { readMeters } from '../../chaos/cost/meters.ts'
import { findByArgument } from '../../chaos/machine/process-table.ts'
import { packageFile } from '../../chaos/package-root.ts'
import type { RunMeters } from '../../chaos/record/run-meters.ts'
import { aftershock, guardianFinished, untilJournal, type Workplace } from './program.ts'

const DRILL = packageFile('test', 'fixtures', 'drills', 'connector-quick.yaml')

/** With kill -9, as soon as the journal has that; resolves when the guardian has healed. */
export async function killWhen(
  place: Workplace,
  runDir: string,
  kind: 'connector.started' | 'fault.proven',
): Promise<void> {
  const program = aftershock(place, 'run', DRILL, '--out', runDir)
  await untilJournal(program, runDir, kind)
  assert.equal(workersOf(place), 1, 'the worker that this test is about')
  program.child.kill('SIGKILL')
  await program.exit
  await guardianFinished(runDir)
}

export const workersOf = ({ labDir }: Workplace): number =>
  findByArgument(join(labDir, 'connect', 'worker.properties')).length

export async function perform(place: Workplace, runDir: string): Promise<RunMeters> {
  const program = aftershock(place, 'run', DRILL, '--out', runDir)
  const code = await program.exit
  assert.equal(code, EXIT.pass, `${program.output().stderr}\n${program.output().stdout}`)
  return readMeters(runDir)
}

/** The sink had all that was stored, and what it had came over the worker's own links, and back over no others. */
export function deliveredAndMetered(meters: RunMeters, runDir: string): void {
  const { connector, connectorBytes, paths } = meters
  assert.ok(connector)
  const { storedRecords, sinkLines, sinkBytes } = connector
  assert.ok((storedRecords.value ?? 0) > 500, `${storedRecords.value} records stored`)
  assert.ok((sinkLines.value ?? 0) >= (storedRecords.value ?? 0), `${sinkLines.value} lines`)
  assert.ok((sinkBytes.value ?? 0) > 0)
  assert.ok(
    (connectorBytes.value ?? 0) > (sinkBytes.value ?? 0),
    `${connectorBytes.value} bytes over the links of a sink with ${sinkBytes.value}`,
  )
  const byPath = paths.map(({ from, to, byCause }) => ({ from, to, bytes: byCause.connector?.value ?? 0 }))
  assert.equal(
    byPath.reduce((sum, { bytes }) => sum + bytes, 0),
    connectorBytes.value,
  )
  for (const { from, to, bytes } of byPath)
    assert.equal(bytes > 0, from === 'az-b' || to === 'az-b', `${from} to ${to}: ${bytes}`)
  const samples = readFileSync(join(runDir, 'samples', 'connector.jsonl'), 'utf8')
    .trim()
    .split('\n')
  assert.match(samples.at(-1) ?? '', /"connector":"RUNNING","tasks":\["RUNNING"\]/)
}
