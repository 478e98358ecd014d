import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { AftershockError } from '../../../core/errors.ts'
import type { Environment } from './cache.ts'

export interface ToolOptions {
  readonly cwd?: string
  readonly env: Environment
  readonly signal?: AbortSignal
  /** Whom it runs as. @default us */
  readonly uid?: number
  readonly gid?: number
  /** Called for each line that the tool prints, on either stream. */
  readonly onLine?: (line: string) => void
}

const KEPT_LINES = 400

/**
 * Runs a tool to its end and resolves to what it printed (the last lines of it).
 * @throws AftershockError `unavailable` when it is not installed or fails, with its last lines.
 */
export async function runTool(
  command: string,
  args: readonly string[],
  options: ToolOptions,
): Promise<string> {
  const lines: string[] = []
  const { code, missing } = await new Promise<{ code: number | null; missing: boolean }>(
    (resolve, reject) => {
      const child = spawn(command, args, {
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
        ...(options.uid === undefined ? {} : { uid: options.uid }),
        ...(options.gid === undefined ? {} : { gid: options.gid }),
        env: options.env,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      for (const stream of [child.stdout, child.stderr])
        createInterface({ input: stream }).on('line', line => {
          lines.push(line)
          if (lines.length > KEPT_LINES) lines.shift()
          options.onLine?.(line)
        })
      child.on('error', error => {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') resolve({ code: null, missing: true })
        else reject(error)
      })
      child.on('close', status => resolve({ code: status, missing: false }))
    },
  )
  if (missing)
    throw new AftershockError('unavailable', `${command} is not installed`, {
      hint: '`aftershock doctor` says how to get it.',
    })
  if (code !== 0) {
    const tail = lines.slice(-15).join('\n')
    throw new AftershockError('unavailable', `${command} ${args[0] ?? ''} failed (exit status ${code})`, {
      hint: `It said:\n${tail}`,
    })
  }
  return lines.join('\n')
}
