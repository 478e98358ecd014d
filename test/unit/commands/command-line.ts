import { main } from '../../../chaos/cli.ts'

export interface Said {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface Surroundings {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Of the terminal; without it there is none. */
  readonly columns?: number
  readonly program?: string
}

/** One command line of the program, as a shell would run it. */
export async function commandLine(
  args: readonly string[],
  { cwd = '/', env = {}, columns, program }: Surroundings = {},
): Promise<Said> {
  let [out, err] = ['', '']
  const code = await main(args, {
    stdout: { write: text => (out += text), columns },
    stderr: { write: text => (err += text), columns },
    // Block 9 is the tests': no command meets a lab of this machine's user.
    env: { AFTERSHOCK_LAB: '9', ...env },
    cwd,
    isTerminal: columns !== undefined,
    ...(program !== undefined && { program }),
  })
  return { code, out, err }
}
