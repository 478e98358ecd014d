import { type ChildProcess, spawn } from 'node:child_process'
import type { Clock } from '../../../core/clock.ts'
import { AftershockError, messageOf } from '../../../core/errors.ts'
import { within } from '../../../core/wait.ts'
import { runCommand } from '../../../machine/run-command.ts'

const PLUGIN = 'session-manager-plugin'
/** The first that reads what it is told from its environment: among its arguments every user of the machine could read the token. */
const LEAST_VERSION = [1, 2, 536, 0] as const
/** How AWS's own command line names it. */
const RESPONSE = 'AWS_SSM_START_SESSION_RESPONSE'
const OPEN_MS = 30_000
const END_MS = 5000
const INSTALL =
  'https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html'

/**
 * The plugin goes when this process does, whatever ends it: the other end of its third file is ours. Where it goes first,
 * nothing is left to be ended.
 */
const GUARD = `"$@" </dev/null 3<&- & plugin=$!
{ cat <&3; kill "$plugin"; } >/dev/null 2>&1 & guard=$!
wait "$plugin"; status=$?
kill "$guard"
exit "$status"`

/** As `ssm:StartSession` answers. */
export interface StartedSession {
  readonly SessionId: string
  readonly TokenValue: string
  readonly StreamUrl: string
}

/** @throws AftershockError `unavailable` where it is absent or too old, with where it comes from */
export async function requirePlugin(clock: Clock): Promise<void> {
  const least = LEAST_VERSION.join('.')
  const limits = { withinMs: 10_000, signal: new AbortController().signal }
  const { exitCode, why, outputTail } = await runCommand([PLUGIN, '--version'], limits, clock)
  const said = outputTail.trim()
  if (exitCode === 0 && isAtLeast(said, LEAST_VERSION)) return
  throw new AftershockError(
    'unavailable',
    exitCode === 0
      ? `${PLUGIN} says that its version is '${said.slice(0, 80)}': expected ${least} or newer`
      : `agents are reached through sessions of Systems Manager from here, and ${PLUGIN} cannot be started: ${why ?? `it ended with ${exitCode}`}`,
    {
      source: 'user',
      hint: `install ${PLUGIN} ${least} or newer: ${installWords(process.platform)} (${INSTALL}); or run this on a machine of the network, with --through network`,
    },
  )
}

/** @param said `1.2.764.0` */
export function isAtLeast(said: string, least: readonly number[]): boolean {
  if (!/^\d+(\.\d+){1,3}$/.test(said)) return false
  const parts = said.split('.').map(Number)
  for (const [index, wanted] of least.entries()) {
    const part = parts[index] ?? 0
    if (part !== wanted) return part > wanted
  }
  return true
}

const installWords = (platform: NodeJS.Platform): string =>
  platform === 'darwin'
    ? 'brew install --cask session-manager-plugin'
    : 'the package session-manager-plugin of AWS for this system'

/** One session: a port of this machine whose connections come out on the machine that it leads to. */
export interface OpenPort {
  readonly port: number
  /** Resolves when the plugin has ended, with what it said last. */
  readonly ended: Promise<string>
  end(): Promise<void>
}

/**
 * Starts the plugin for a session and waits until it listens.
 * @throws AftershockError `unavailable` when it ends before, or does not listen in time
 */
export async function openPort(
  session: StartedSession,
  { target, machine }: { readonly target: string; readonly machine: string },
  { region, clock }: { readonly region: string; readonly clock: Clock },
): Promise<OpenPort> {
  const { env } = process
  const endpoint = env['AWS_ENDPOINT_URL_SSM'] ?? `https://ssm.${region}.amazonaws.com`
  const words = [
    PLUGIN,
    RESPONSE,
    region,
    'StartSession',
    env['AWS_PROFILE'] ?? '',
    JSON.stringify({ Target: target }),
    endpoint,
  ]
  const child = spawn('sh', ['-c', GUARD, 'sh', ...words], {
    env: { ...env, [RESPONSE]: JSON.stringify(session) },
    // Of a group of its own: Ctrl-C in the terminal ends the run, which still has to heal through it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  const said = new Said(child)
  const ended = new Promise<string>(resolve => {
    child.once('error', error => resolve(messageOf(error)))
    // The guard's reader still has the other end of it.
    child.once('exit', () => child.stdio[3]?.destroy())
    child.once('close', () => resolve(said.last()))
  })
  const end = async () => {
    child.stdio[3]?.destroy()
    await within(`${PLUGIN} for ${machine} to end`, ended, { clock, deadlineMs: END_MS }).catch(() => {
      // It does not listen to a kind word: the group is the shell, the plugin and nobody else.
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
    })
  }
  const over = ended.then(last => {
    throw new AftershockError(
      'unavailable',
      `the session with ${machine} ended at once: ${last || 'it said nothing'}`,
    )
  })
  over.catch(() => {})
  try {
    const port = await within(`a session with ${machine} to open`, Promise.race([said.port, over]), {
      clock,
      deadlineMs: OPEN_MS,
    })
    return { port, ended, end }
  } catch (error) {
    await end()
    throw error
  }
}

/** What it writes: the port that it opened, and how it ended. */
class Said {
  #text = ''
  readonly port: Promise<number>

  constructor(child: ChildProcess) {
    this.port = new Promise(resolve => {
      const read = (chunk: Buffer) => {
        this.#text = `${this.#text}${String(chunk)}`.slice(-4000)
        const port = portIn(this.#text)
        if (port !== null) resolve(port)
      }
      child.stdout?.on('data', read)
      child.stderr?.on('data', read)
    })
  }

  /** Its last lines, on one. */
  last(): string {
    const lines = this.#text.split('\n').flatMap(line => line.trim() || [])
    return lines.slice(-2).join(' ')
  }
}

/** `Port 53421 opened for sessionId me-0123.` */
export function portIn(text: string): number | null {
  const port = Number(/\bPort (\d{1,5}) opened for sessionId /.exec(text)?.[1] ?? Number.NaN)
  return port >= 1 && port <= 65_535 ? port : null
}
