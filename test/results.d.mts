import type { Runnable } from 'mocha'

/** A test or a hook that failed; `title` has the titles of its suites before its own. */
export interface Failure {
  readonly file: string
  readonly title: string
  readonly isHook: boolean
  readonly message: string
}

export interface FailedStep {
  readonly name: string
  readonly printed?: string
}

export function failureOf(test: Runnable, error: unknown): Failure

export function addUp(
  counts: string,
  failed: readonly FailedStep[],
): { readonly failures: string; readonly last: string; readonly isWhole: boolean }
