import type { Remedy } from './remedies.ts'

export interface Finding {
  readonly check: string
  /** `lacking`: nothing starts without it. `absent`: something is left out, and `note` says what. */
  readonly state: 'ok' | 'absent' | 'lacking'
  readonly found: string
  readonly note: string | null
  readonly mend: Remedy
}
