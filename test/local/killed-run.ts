import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ProcessIdentity } from '../../chaos/core/process-identity.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { readJournal } from '../../chaos/record/journal-reader.ts'
import { aftershock, type Program, untilJournal, type Workplace } from './program.ts'

export const QUICK = packageFile('test', 'fixtures', 'drills', 'quick.yaml')

export async function killInMidCut(
  place: Workplace,
  runDir: string,
  alsoKill: (run: { guardian: ProcessIdentity }) => void,
): Promise<Program> {
  const program = aftershock(place, 'run', QUICK, '--out', runDir)
  await untilJournal(program, runDir, 'fault.proven')
  alsoKill(JSON.parse(readFileSync(join(runDir, 'run.json'), 'utf8')) as { guardian: ProcessIdentity })
  program.child.kill('SIGKILL')
  await program.exit
  return program
}

export async function chainIsWhole(runDir: string): Promise<void> {
  const { broken } = await readJournal(join(runDir, 'journal.jsonl'))
  assert.equal(broken, null)
}
