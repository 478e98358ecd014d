import { shownPath } from '../drill/shipped-drills.ts'
import { readRunHeader } from '../record/run-header.ts'
import { madeWords } from '../report/made-words.ts'
import { shellWord } from '../core/shell-word.ts'

/** The command that runs a run again: its drill, seed and platform as its folder has them. */
export function repeatLine(runDir: string, cwd: string): string {
  return `aftershock run --from ${shellWord(shownPath(runDir, cwd))}${clusterOf(runDir)}`
}

/** The same as a line for people, with what has to be as it was: `Repeat it (…): aftershock run --from …`. */
export const repeatSentence = (runDir: string, cwd: string): string =>
  `Repeat it (${madeWords(readRunHeader(runDir))}): ${repeatLine(runDir, cwd)}`

/** A cluster that is there is found by its address, which no run keeps. */
function clusterOf(runDir: string): string {
  return readRunHeader(runDir).driver === 'attach' ? ' --bootstrap host:port' : ''
}
