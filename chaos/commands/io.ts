/** What a command may touch of the process that it runs in; tests pass their own. */
export interface Io {
  /** Results. With `--json`, one document and nothing else. */
  readonly stdout: TextSink
  /** Progress and errors. */
  readonly stderr: TextSink
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** Whether progress goes to a terminal, and may be redrawn and coloured. */
  readonly isTerminal: boolean
}

export interface TextSink {
  write(text: string): unknown
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

export function processIo(): Io {
  // A reader that leaves early (`| head`) is no reason to die in the middle of a run.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    isTerminal: process.stderr.isTTY,
  }
}
