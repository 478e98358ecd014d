import type { Verdict } from '../core/verdict.ts'

/** One thing that a contract promises, held against what is there. */
export interface ContractFinding {
  readonly topic: string
  /** What was looked at, for example `retention`. */
  readonly check: string
  readonly verdict: Verdict
  /** What the contract promises, in words. */
  readonly expected: string
  /** What was seen instead, or as well. */
  readonly actual: string
  /** What to do about it; null when it passes. */
  readonly next: string | null
}

/** The findings of one topic, made with few words. */
export class TopicFindings {
  readonly #topic: string
  readonly findings: ContractFinding[] = []

  constructor(topic: string) {
    this.#topic = topic
  }

  /** @param next what to do unless it passes */
  add(check: string, verdict: Verdict, expected: string, actual: string, next: string): void {
    this.findings.push({
      topic: this.#topic,
      check,
      verdict,
      expected,
      actual,
      next: verdict === 'pass' ? null : next,
    })
  }
}
