import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { EXIT } from '../../chaos/core/exit-codes.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { JournalState } from '../../chaos/run/journal-state.ts'
import { aftershock, journalOf, type Program, processesOf, untilSeen, workplace } from './program.ts'

export const QUICK = packageFile('test', 'fixtures', 'drills', 'quick.yaml')

/** Each phase by what shows that it has begun. */
export const PHASES = {
  'the lab is starting': program => program.output().stderr.includes('starting three brokers'),
  'the topics are being made': program => program.output().stderr.includes('making the topics'),
  'the steady state is being proven': program => program.output().stderr.includes('proving the steady state'),
  'a fault has been injected': (_, dir) => journalOf(dir).some(line => line.kind === 'fault.injected'),
  'a fault is being held': (_, dir) => journalOf(dir).some(line => line.kind === 'fault.proven'),
  'a replay is under way': (_, dir) => journalOf(dir).some(line => line.kind === 'action.started'),
  'every partition is being read': program => program.output().stderr.includes('reading every partition'),
} satisfies Record<string, (program: Program, runDir: string) => boolean>
export type Phase = keyof typeof PHASES

/** A run that is interrupted in that phase ends by itself, and nothing of it is left. */
export async function leavesNothingBehind(phase: Phase, signal: 'SIGINT' | 'SIGTERM'): Promise<void> {
  using place = workplace()
  const runDir = join(place.dir, 'run')
  const program = aftershock(place, 'run', QUICK, '--out', runDir)
  await untilSeen(program, phase, () => PHASES[phase](program, runDir))
  program.child.kill(signal)
  assert.equal(await program.exit, EXIT.interrupted, program.output().stderr)
  assert.deepEqual(processesOf(place), [])
  assert.equal(existsSync(place.labDir), false, 'the lab folder is still there')
  const journal = journalOf(runDir)
  assert.deepEqual(JournalState.after(journal).openFaults(), [])
  const last = journal.at(-1)
  assert.ok(last?.kind === 'run.finished' && last.outcome === 'interrupted', JSON.stringify(last))
}
