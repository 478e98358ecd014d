import assert from 'node:assert/strict'
import { join } from 'node:path'
import { findByArgument } from '../../chaos/machine/process-table.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { aftershock, guardianFinished, untilJournal, type Workplace } from './program.ts'

export const DRILL = packageFile('test', 'fixtures', 'drills', 'connector-quick.yaml')

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
