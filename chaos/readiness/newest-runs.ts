import { isDeepStrictEqual } from 'node:util'
import type { Contract } from '../core/contract.ts'
import { messageOf } from '../core/errors.ts'
import { findRuns } from '../compare/find-runs.ts'
import { platformOfRun } from '../compare/read-run.ts'
import type { PlatformVersion } from '../platforms/platform-id.ts'
import type { PlatformSoftware } from '../record/platform-software.ts'
import { type HeaderFile, readRunHeader } from '../record/run-header.ts'
import { isVerdict, readScorecard, type Row, type Scorecard } from '../record/scorecard.ts'
import { type JudgedAgain, judgedAgain, rowsOfBoth } from './judged-again.ts'

/** A run that verifies, with what counts of its scorecard. */
export interface DatedRun {
  /** Its folder, absolute. */
  readonly path: string
  /** As it was sealed. */
  readonly scorecard: Scorecard
  /** Each row by the worse of what was sealed and what this build derives from the evidence. */
  readonly rows: readonly Row[]
  /** When it began, ISO 8601. */
  readonly date: string
}

/** `run`: it ran on the platform. `target`: it moved to the platform, from the same or another one. */
export type SpeaksFor = 'run' | 'target'

interface Candidate {
  readonly speaksFor: readonly SpeaksFor[]
  readonly path: string
  readonly header: HeaderFile
  readonly scorecard: Scorecard
}

/** The runs in a folder that speak for one platform under one contract. */
export class NewestRuns {
  readonly #candidates: readonly Candidate[]
  readonly #version: string | null
  readonly #opened = new Map<string, DatedRun | null>()
  readonly #left: { path: string; why: string }[] = []
  readonly #judge: (runDir: string) => Promise<JudgedAgain>

  /**
   * Of other platforms or contracts a run says nothing here, and is passed over.
   * @param judge what this build makes of a run. @default everything that `aftershock verify` looks at
   */
  constructor(
    folder: string,
    platform: PlatformVersion,
    contract: Contract,
    judge: (runDir: string) => Promise<JudgedAgain> = judgedAgain,
  ) {
    this.#judge = judge
    this.#version = platform.version
    this.#candidates = pathsIn(folder)
      .flatMap(path => this.#candidate(path, platform, contract))
      .toSorted((a, b) => b.header.startedAtWallMs - a.header.startedAtWallMs)
  }

  /** Runs that would have counted and do not, each with the reason. */
  get left(): readonly { readonly path: string; readonly why: string }[] {
    return this.#left
  }

  /** The newest run whose scorecard judges this dimension, that is sealed, and that verifies. */
  async newestWith(dimension: string, speaksFor: SpeaksFor = 'run'): Promise<DatedRun | null> {
    for (const candidate of this.#candidates) {
      if (!candidate.speaksFor.includes(speaksFor)) continue
      const row = candidate.scorecard.rows.find(one => one.dimension === dimension)
      if (!row || !isVerdict(row.verdict)) continue
      const opened = await this.#open(candidate, speaksFor)
      if (opened) return opened
    }
    return null
  }

  #candidate(path: string, platform: PlatformVersion, contract: Contract): Candidate[] {
    try {
      const header = readRunHeader(path)
      const { regions } = header.drill
      const target = regions && (regions.platform ?? header.platform)
      const speaksFor = [
        ...(header.platform === platform.platform ? (['run'] as const) : []),
        ...(target === platform.platform ? (['target'] as const) : []),
      ]
      if (speaksFor.length === 0 || !isSame(header.drill.contract, contract)) return []
      const scorecard = readScorecard(path)
      return scorecard ? [{ path, header, scorecard, speaksFor }] : []
    } catch (error) {
      this.#left.push({ path, why: messageOf(error) })
      return []
    }
  }

  async #open(candidate: Candidate, speaksFor: SpeaksFor): Promise<DatedRun | null> {
    const { path, header, scorecard } = candidate
    const key = `${speaksFor} ${path}`
    const known = this.#opened.get(key)
    if (known !== undefined) return known
    const why = (reason: string) => void this.#left.push({ path, why: reason })
    const version = this.#version
    let opened: DatedRun | null = null
    try {
      const { verb, software } = madeOf(path, header, speaksFor)
      if (software === null) why('it does not say what region b was made of')
      else if (software.kind === 'stand-in') why(`it ${verb} ${software.name}, a stand-in`)
      else if (version !== null && software.version !== version)
        why(`it ${verb} version ${software.version ?? 'unknown'}, not ${version}`)
      else {
        const judged = await this.#judge(path)
        const date = new Date(header.startedAtWallMs).toISOString()
        if ('why' in judged) why(judged.why)
        else opened = { path, scorecard, rows: rowsOfBoth(scorecard, judged.scorecard), date }
      }
    } catch (error) {
      why(messageOf(error))
    }
    this.#opened.set(key, opened)
    return opened
  }
}

type Named = Pick<PlatformSoftware, 'name' | 'kind' | 'version'>

/** Of the platform that a run speaks for, which of a move is the one that it went to. null: the run does not say. */
function madeOf(
  path: string,
  header: HeaderFile,
  speaksFor: SpeaksFor,
): { readonly verb: string; readonly software: Named | null } {
  const { platform, software, version } = platformOfRun(path, header)
  const own = { name: software.name, kind: software.kind, ...(version !== null && { version }) }
  if (speaksFor === 'run') return { verb: 'ran on', software: own }
  const target = header.drill.regions?.platform ?? platform
  return { verb: 'moved to', software: header.regionSoftware ?? (target === platform ? own : null) }
}

function pathsIn(folder: string): readonly string[] {
  try {
    return findRuns(folder)
  } catch {
    return []
  }
}

/** By what it promises: a run keeps the contract that it ran under whole. */
const isSame = (kept: unknown, contract: Contract): boolean =>
  isDeepStrictEqual(kept, JSON.parse(JSON.stringify(contract)))
