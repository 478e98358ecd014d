import { shownPath } from '../drill/shipped-drills.ts'
import { readRunHeader } from '../record/run-header.ts'
import { shellWord } from '../core/shell-word.ts'

/** The command that runs a run again: its drill, seed and platform as its folder has them. */
export function repeatLine(runDir: string, cwd: string): string {
  return `aftershock run --from ${shellWord(shownPath(runDir, cwd))}${clusterOf(runDir)}`
}

/** A cluster that is there is found by its address, which no run keeps. */
function clusterOf(runDir: string): string {
  return readRunHeader(runDir).driver === 'attach' ? ' --bootstrap host:port' : ''
}
