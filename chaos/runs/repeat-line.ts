import { relative } from 'node:path'
import { readRunHeader } from '../record/run-header.ts'
import { shellWord } from '../core/shell-word.ts'

/** The command that runs a run again: its drill, seed and platform as its folder has them. */
export function repeatLine(runDir: string, cwd: string): string {
  const short = relative(cwd, runDir)
  return `aftershock run --from ${shellWord(short.startsWith('..') ? runDir : short)}${clusterOf(runDir)}`
}

/** A cluster that is there is found by its address, which no run keeps. */
function clusterOf(runDir: string): string {
  return readRunHeader(runDir).driver === 'attach' ? ' --bootstrap host:port' : ''
}
