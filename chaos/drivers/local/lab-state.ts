import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { AftershockError } from '../../core/errors.ts'
import type { ProcessIdentity } from '../../core/journal-events.ts'
import { findAlive } from './process-table.ts'

const identity = z.strictObject({ pid: z.number().int().positive(), startedAt: z.string() })
const labStateSchema = z.strictObject({
  format: z.literal(1),
  block: z.number().int(),
  clusterId: z.string(),
  timeouts: z.enum(['tuned', 'defaults']),
  /** `up`: stays until `lab down`. `run`: ends with the run that started it. */
  kind: z.enum(['up', 'run']),
  /** Who starts it, or runs a drill on it; null when nobody does. */
  user: identity.nullable(),
  ready: z.boolean(),
  startedAtWallMs: z.number(),
  processes: z.array(
    z.strictObject({ role: z.string(), node: z.number().int().nullable(), process: identity }),
  ),
})
export type LabState = z.output<typeof labStateSchema>
export type LabProcess = LabState['processes'][number]

/** Where labs of this user live: one folder a block of addresses, so that two labs never share anything. */
export function labDirectory(block: number, env: NodeJS.ProcessEnv = process.env): string {
  const state = env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state')
  return join(state, 'aftershock', `lab-${block}`)
}

const stateFile = (dir: string) => join(dir, 'lab.json')

export function readLabState(dir: string): LabState | undefined {
  let text: string
  try {
    text = readFileSync(stateFile(dir), 'utf8')
  } catch {
    return undefined
  }
  const parsed = labStateSchema.safeParse(JSON.parse(text))
  if (parsed.success) return parsed.data
  throw new AftershockError(
    'input',
    `${stateFile(dir)} is not the state of a lab: ${z.prettifyError(parsed.error)}`,
    {
      hint: 'run `aftershock lab down`',
    },
  )
}

/** Takes the folder for a new lab. @throws AftershockError `refused` when a lab is there already. */
export function claimLab(dir: string, state: LabState): void {
  const existing = readLabState(dir)
  if (existing) {
    const alive = existing.processes.filter(entry => findAlive(entry.process))
    const user = existing.user && findAlive(existing.user)
    if (user)
      throw refusal(
        `a lab is in use by process ${user.pid} (${dir})`,
        'wait for it, or set AFTERSHOCK_LAB=1 for one beside it',
      )
    if (existing.kind === 'up')
      throw refusal(
        `a lab is up (${dir})`,
        'use it with `aftershock run`, or end it with `aftershock lab down`',
      )
    if (alive.length > 0)
      throw refusal(`a run died and left ${alive.length} processes (${dir})`, 'run `aftershock heal`')
    rmSync(dir, { recursive: true, force: true })
  }
  mkdirSync(dir, { recursive: true })
  try {
    writeFileSync(stateFile(dir), JSON.stringify(state), { flag: 'wx' })
  } catch (error) {
    throw refusal(
      `another lab is starting in ${dir}`,
      'wait for it, or set AFTERSHOCK_LAB=1 for one beside it',
      error,
    )
  }
}

export function writeLabState(dir: string, state: LabState): void {
  const staged = `${stateFile(dir)}.${process.pid}`
  writeFileSync(staged, JSON.stringify(state))
  renameSync(staged, stateFile(dir))
}

/** Whether the lab can be used now, and if not, why. */
export function isInUse(state: LabState, by: ProcessIdentity): boolean {
  return state.user !== null && state.user.pid !== by.pid && findAlive(state.user) !== undefined
}

function refusal(message: string, hint: string, cause?: unknown): AftershockError {
  return new AftershockError('refused', message, { hint, cause })
}
