import { printable } from '../core/printable.ts'
import { LIMITS } from '../record/limits.ts'

/** What is looked at, in this order. */
export const CHECKS = [
  'bundle',
  'signature',
  'files',
  'journal',
  'histories',
  'statement',
  'verdict',
] as const
export type CheckName = (typeof CHECKS)[number]

export interface Problem {
  readonly check: CheckName
  /** Relative to the run's folder; null when it is about no one file. */
  readonly file: string | null
  readonly line: number | null
  readonly what: string
}

export interface CheckReport {
  readonly check: CheckName
  readonly result: 'ok' | 'failed' | 'not-checked'
  /** For people: what was established, or why it was not looked at. */
  readonly detail: string
}

/** Collects what a verification finds. Only the first problems are kept, so a million of them cost nothing. */
export class Findings {
  readonly problems: Problem[] = []
  readonly notes: string[] = []
  problemCount = 0
  readonly #failed = new Set<CheckName>()
  readonly #details = new Map<CheckName, Omit<CheckReport, 'check'>>()

  problem(check: CheckName, what: string, at: { file?: string; line?: number } = {}): void {
    this.problemCount++
    this.#failed.add(check)
    if (this.problems.length < LIMITS.listed) {
      const file = at.file === undefined ? null : printable(at.file)
      this.problems.push({ check, file, line: at.line ?? null, what: printable(what) })
    }
  }

  note(what: string): void {
    if (this.notes.length < LIMITS.listed) this.notes.push(printable(what))
  }

  hasFailed(check: CheckName): boolean {
    return this.#failed.has(check)
  }

  /** What to say of a check when it found no problem. */
  passed(check: CheckName, detail: string): void {
    this.#details.set(check, { result: 'ok', detail: printable(detail) })
  }

  notChecked(check: CheckName, why: string): void {
    this.#details.set(check, { result: 'not-checked', detail: printable(why) })
  }

  checks(): CheckReport[] {
    return CHECKS.map(check => {
      if (this.#failed.has(check)) return { check, result: 'failed', detail: this.#failure(check) }
      const found = this.#details.get(check)
      return found ? { check, ...found } : { check, result: 'not-checked', detail: 'not reached' }
    })
  }

  #failure(check: CheckName): string {
    return this.problems.find(problem => problem.check === check)?.what ?? 'see the problems'
  }
}
