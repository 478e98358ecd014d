/** What a command may touch of the process that it runs in; tests pass their own. */
export interface Io {
  /** Results. With `--json`, one document and nothing else. */
  readonly stdout: TextSink
  /** Progress and errors. */
  readonly stderr: TextSink
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** Whether progress goes to a terminal that can be redrawn. */
  readonly isTerminal: boolean
  /** How this program is called here, so that a hint works when it is pasted. @default aftershock */
  readonly program?: string
}

/**
 * `painted`: the colours in it are ours, and all text from outside was made printable before it was painted.
 * `drawn`: so may be what moves the cursor. Anything else has its control characters escaped, whoever wrote them.
 */
export type Manner = 'painted' | 'drawn'

export interface TextSink {
  write(text: string, manner?: Manner): unknown
  /** Of the terminal behind it; undefined where there is none. */
  readonly columns?: number | undefined
}

/** Columns to fill: the terminal's, or those of a plain one. */
export function widthOf(sink: TextSink): number {
  return Math.max(40, sink.columns ?? 80)
}

/** Thrown by a command that has said everything and only wants its exit status. */
export class ExitStatus extends Error {
  readonly status: number

  constructor(status: number) {
    super(`exit status ${status}`)
    this.name = 'ExitStatus'
    this.status = status
  }
}
