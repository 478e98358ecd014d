import type { Contract } from '../core/contract.ts'
import { messageOf } from '../core/errors.ts'
import { findRuns } from '../compare/find-runs.ts'
import { readRun } from '../compare/read-run.ts'
import type { RunFolder } from '../compare/run-folder.ts'
import type { PlatformVersion } from '../platforms/platform-id.ts'
import { readRunHeader } from '../record/run-header.ts'
import { isVerdict, readScorecard, type Scorecard } from '../record/scorecard.ts'

/** A run whose seal was checked, with its scorecard. */
export interface DatedRun {
  readonly run: RunFolder
  readonly scorecard: Scorecard
  /** When it began, ISO 8601. */
  readonly date: string
}

interface Candidate {
  readonly path: string
  readonly startedAtWallMs: number
  readonly scorecard: Scorecard
}

/** The runs in a folder that speak for one platform under one contract. */
export class NewestRuns {
  readonly #candidates: readonly Candidate[]
  readonly #version: string | null
  readonly #opened = new Map<string, DatedRun | null>()
  readonly #left: { path: string; why: string }[] = []

  /** Of other platforms or contracts a run says nothing here, and is passed over. */
  constructor(folder: string, platform: PlatformVersion, contract: Contract) {
    this.#version = platform.version
    this.#candidates = pathsIn(folder)
      .flatMap(path => this.#candidate(path, platform, contract))
      .toSorted((a, b) => b.startedAtWallMs - a.startedAtWallMs)
  }

  /** Runs that would have counted and do not, each with the reason. */
  get left(): readonly { readonly path: string; readonly why: string }[] {
    return this.#left
  }

  /** The newest run whose scorecard judges this dimension, that is sealed, and that is what was sealed. */
  async newestWith(dimension: string): Promise<DatedRun | null> {
    for (const candidate of this.#candidates) {
      const row = candidate.scorecard.rows.find(one => one.dimension === dimension)
      if (!row || !isVerdict(row.verdict)) continue
      const opened = await this.#open(candidate)
      if (opened) return opened
    }
    return null
  }

  #candidate(path: string, platform: PlatformVersion, contract: Contract): Candidate[] {
    try {
      const header = readRunHeader(path)
      if (header.platform !== platform.platform || !isSame(header.drill.contract, contract)) return []
      const scorecard = readScorecard(path)
      return scorecard ? [{ path, startedAtWallMs: header.startedAtWallMs, scorecard }] : []
    } catch (error) {
      this.#left.push({ path, why: messageOf(error) })
      return []
    }
  }

  async #open(candidate: Candidate): Promise<DatedRun | null> {
    const { path, startedAtWallMs, scorecard } = candidate
    const known = this.#opened.get(path)
    if (known !== undefined) return known
    const why = (reason: string) => void this.#left.push({ path, why: reason })
    const version = this.#version
    let opened: DatedRun | null = null
    try {
      const run = await readRun(path)
      if (run.seal.state !== 'verified') why('it is not sealed')
      else if (run.software.kind === 'stand-in') why(`it ran on ${run.software.name}, a stand-in`)
      else if (version !== null && run.version !== version)
        why(`it ran on version ${run.version ?? 'unknown'}, not ${version}`)
      else opened = { run, scorecard, date: new Date(startedAtWallMs).toISOString() }
    } catch (error) {
      why(messageOf(error))
    }
    this.#opened.set(path, opened)
    return opened
  }
}

function pathsIn(folder: string): readonly string[] {
  try {
    return findRuns(folder)
  } catch {
    return []
  }
}

/** By what it promises: a run keeps the contract that it ran under whole. */
const isSame = (a: unknown, b: Contract): boolean => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b))

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([key, inner]) => [key, sorted(inner)]),
  )
}
