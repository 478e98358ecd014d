import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { AftershockError } from '../../../core/errors.ts'
import { installedPlatformSchema, plainKafka } from './installed-platform.ts'
import { storeRuntimeSchema } from '../store/store-runtime.ts'
import { findAlive } from '../../../machine/process-table.ts'
import { userFolder } from '../user-folder.ts'

const identity = z.strictObject({ pid: z.number().int().positive(), startedAt: z.string() })
const runtime = z.strictObject({
  java: z.string(),
  classPath: z.string(),
  cdsArchive: z.string().nullable(),
  metricsAgent: z.string().nullable(),
})
const labStateSchema = z.strictObject({
  format: z.literal(1),
  block: z.number().int(),
  clusterId: z.string(),
  timeouts: z.enum(['tuned', 'defaults']),
  /** Whether clients log in, and brokers refuse whom nobody named; its logins are in `logins.json`. */
  hasAuthorizer: z.boolean().optional(),
  /** Its brokers advertise their own addresses. */
  byAddress: z.literal(true).optional(),
  /** It is the cluster of a second region, of so many brokers. */
  second: z.strictObject({ brokers: z.union([z.literal(1), z.literal(3)]) }).optional(),
  /** `up`: stays until `lab down`. `run`: ends with the run that started it. */
  kind: z.enum(['up', 'run']),
  /** Who starts it, or runs a drill on it; null when nobody does. */
  user: identity.nullable(),
  /** The folder of the run that uses it; null when nobody does, or when that was not kept. */
  userRunDir: z.string().nullable().optional(),
  /** Topics that runs made, which the next may make anew. */
  topics: z.array(z.string()).optional(),
  /** The dynamic settings that its brokers had when it was ready; absent: not known. */
  brokerSettings: z.array(z.string()).optional(),
  ready: z.boolean(),
  /** The jars that its brokers are started with, so that any later process can start one again; null: no JVMs. */
  runtime: runtime.nullable(),
  /** Another release that its brokers can be started with, with what, and which of them are to be. */
  upgrade: z.strictObject({ release: z.string(), runtime, nodes: z.array(z.number().int()) }).optional(),
  /** What they run. Labs from before there was a choice run Apache Kafka. */
  platform: installedPlatformSchema.default(() => plainKafka('')),
  /** null where no platform needs one. */
  store: storeRuntimeSchema.nullable().default(null),
  startedAtWallMs: z.number(),
  processes: z.array(
    z.strictObject({
      role: z.string(),
      node: z.number().int().nullable(),
      process: identity,
      /** A program of somebody else's: it may have started others, and what is done to it is done to them. */
      wholeGroup: z.literal(true).optional(),
    }),
  ),
})
export type LabState = z.output<typeof labStateSchema>
export type LabProcess = LabState['processes'][number]

/** Where labs of this user live: one folder a block of addresses, so that two labs never share anything. */
export function labDirectory(block: number, env: NodeJS.ProcessEnv = process.env): string {
  return join(userFolder(env['XDG_STATE_HOME'], '.local', 'state'), 'aftershock', `lab-${block}`)
}

/** Where the second region of a lab has its files: it goes with the lab. */
export const secondRegionDir = (dir: string): string => join(dir, 'region-b')

const stateFile = (dir: string) => join(dir, 'lab.json')

export function readLabState(dir: string): LabState | undefined {
  let text: string
  try {
    text = readFileSync(stateFile(dir), 'utf8')
  } catch {
    return undefined
  }
  const parsed = labStateSchema.safeParse(jsonOf(text))
  if (parsed.success) return parsed.data
  throw new AftershockError(
    'input',
    `${stateFile(dir)} is not the state of a lab: ${z.prettifyError(parsed.error)}`,
    {
      hint: 'run `aftershock lab down`',
    },
  )
}

/** undefined, which is no state, when it is not whole. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** @throws AftershockError `refused` when a lab is there, with what to do about it. */
export function refuseExistingLab(dir: string): void {
  const existing = readLabState(dir)
  if (!existing) return
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
}

/** Takes the folder for a new lab. @throws AftershockError `refused` when a lab is there already. */
export function claimLab(dir: string, state: LabState): void {
  refuseExistingLab(dir)
  // What is there now belongs to nobody: its processes are gone.
  if (readLabState(dir)) rmSync(dir, { recursive: true, force: true })
  mkdirSync(dir, { recursive: true })
  const staged = `${stateFile(dir)}.${process.pid}`
  writeFileSync(staged, JSON.stringify(state))
  try {
    // A link, not a write: the file is there whole or not at all, and only one of two labs gets it.
    linkSync(staged, stateFile(dir))
  } catch (error) {
    throw refusal(
      `another lab is starting in ${dir}`,
      'wait for it, or set AFTERSHOCK_LAB=1 for one beside it',
      error,
    )
  } finally {
    rmSync(staged, { force: true })
  }
}

export function writeLabState(dir: string, state: LabState): void {
  const staged = `${stateFile(dir)}.${process.pid}`
  writeFileSync(staged, JSON.stringify(state))
  renameSync(staged, stateFile(dir))
}

function refusal(message: string, hint: string, cause?: unknown): AftershockError {
  return new AftershockError('refused', message, { hint, cause })
}

/** A lab that stays and whose processes live: its addresses are taken, and that is as it should be. */
export function labIsUp(dir: string): boolean {
  let state: LabState | undefined
  try {
    state = readLabState(dir)
  } catch (error) {
    // Another version's: its sockets are taken, and that is what is to be said.
    if (error instanceof AftershockError) return false
    throw error
  }
  return state !== undefined && state.ready && state.processes.some(entry => findAlive(entry.process))
}

/** Whether a lab stays there to be used; a run that finds none starts one of its own. */
export function isStanding(dir: string): boolean {
  const state = readLabState(dir)
  return state?.kind === 'up' && state.ready
}
