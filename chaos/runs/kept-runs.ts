import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isRun } from '../compare/find-runs.ts'
import { platformOfRun } from '../compare/read-run.ts'
import { AftershockError, messageOf } from '../core/errors.ts'
import type { Verdict } from '../core/verdict.ts'
import { platformId } from '../platforms/platform-id.ts'
import { readRunHeader } from '../record/run-header.ts'
import { readScorecard } from '../record/scorecard.ts'

/** A run as a list shows it, by its header and its scorecard alone: neither is held against its seal. */
export interface KeptRun {
  /** Absolute. */
  readonly path: string
  readonly run: string
  readonly drill: string
  readonly title: string
  /** With its version, as it is named on the command line. */
  readonly platform: string
  /** ISO 8601. */
  readonly startedAt: string
  readonly seed: string
  /** Of this program. */
  readonly version: string
  /** null where it was not judged. */
  readonly verdict: Verdict | null
  readonly isSealed: boolean
}

export interface KeptRuns {
  /** The newest first. */
  readonly runs: readonly KeptRun[]
  /** Folders of runs that could not be read, each with the reason. */
  readonly unread: readonly { readonly path: string; readonly why: string }[]
}

/** A folder of runs, of comparisons and of game days: what they hold lies at most so deep. */
const DEEPEST = 4

/**
 * A folder that the user named.
 * @throws AftershockError `input` where there is none; the one that runs are written to by default may not be there yet.
 */
export function namedFolder(path: string, named: string): string {
  if (named === RUNS_FOLDER || existsSync(path)) return path
  throw new AftershockError('input', `there is no folder ${named}`, {
    hint: `name a folder of runs; without a name it is ${RUNS_FOLDER}`,
  })
}

export const RUNS_FOLDER = 'runs'

/** Every run in a folder, however it came there; a folder that is not there holds none. */
export function keptRuns(folder: string): KeptRuns {
  const runs: KeptRun[] = []
  const unread: { path: string; why: string }[] = []
  for (const path of runsBelow(folder, DEEPEST))
    try {
      runs.push(keptRun(path))
    } catch (error) {
      unread.push({ path, why: messageOf(error) })
    }
  return { runs: runs.toSorted((a, b) => (a.startedAt < b.startedAt ? 1 : -1)), unread }
}

/** @throws AftershockError `input` when it is no run of this version, or its files are not whole */
export function keptRun(path: string): KeptRun {
  const header = readRunHeader(path)
  const { run, drill, seed, versions, startedAtWallMs } = header
  return {
    path,
    run,
    drill: drill.drill,
    title: drill.title,
    platform: platformId(platformOfRun(path, header)),
    startedAt: new Date(startedAtWallMs).toISOString(),
    seed,
    version: versions.aftershock ?? 'not stated',
    verdict: readScorecard(path)?.verdict ?? null,
    isSealed: existsSync(join(path, 'bundle.json')),
  }
}

function runsBelow(folder: string, depth: number): string[] {
  if (isRun(folder)) return [folder]
  if (depth === 0 || !existsSync(folder) || !statSync(folder).isDirectory()) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .flatMap(({ name }) => runsBelow(join(folder, name), depth - 1))
}
