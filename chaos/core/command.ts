/** A program that somebody else wrote, and how it ended. */
export interface Limits {
  readonly withinMs: number
  readonly signal: AbortSignal
}

export interface CommandEnd {
  /** null: it was killed, or could not be started. */
  readonly exitCode: number | null
  /** The end of what it printed, standard output and standard error together. */
  readonly outputTail: string
  readonly why: string | null
}
