import type { ErrorCode } from './errors.ts'
import type { Verdict } from './verdict.ts'

/** Exit statuses of the program. Scripts rely on them: they never change meaning. */
export const EXIT = {
  pass: 0,
  fail: 1,
  inconclusive: 2,
  usage: 64,
  input: 65,
  unavailable: 69,
  internal: 70,
  refused: 75,
  unhealed: 76,
  unverified: 77,
  interrupted: 130,
} as const satisfies Record<Verdict | ErrorCode, number>
