import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Clock } from '../core/clock.ts'
import { AftershockError } from '../core/errors.ts'
import type { ProcessIdentity } from '../core/process-identity.ts'
import { type Platform, type PlatformSoftware, usesObjectStore } from '../core/platform.ts'
import type { RunHeader } from '../record/run-header.ts'
import type { Capability } from '../drivers/driver.ts'
import { missingCapabilities } from '../drill/capabilities.ts'
import type { LoadedDrill } from '../drill/load-drill.ts'
import { makeNewFolder } from '../out-place.ts'
import { writeDocument } from '../record/bounded-files.ts'
import { packageRoot } from '../package-root.ts'
import type { LabLayout } from '../drivers/local/lab-layout.ts'

/** What the local driver can do with a fleet of its own; known before anything starts. */
export function localCapabilities(platform: Platform): ReadonlySet<Capability> {
  const always = ['processes', 'disks', 'links', 'clients'] as const
  return new Set(usesObjectStore(platform) ? [...always, 'objectStore' as const] : always)
}

/** @throws AftershockError `refused`, naming every capability that the drill needs and the driver lacks. */
export function refuseMissingCapabilities(loaded: LoadedDrill, capabilities: ReadonlySet<Capability>): void {
  const missing = missingCapabilities(loaded.drill, { capabilities })
  if (missing.length === 0) return
  const words = missing.map(entry => `${entry.entryId} needs ${entry.capability}`).join('; ')
  throw new AftershockError('refused', `the local driver cannot run ${loaded.drill.drill}: ${words}`, {
    hint: missing.some(({ capability }) => capability === 'objectStore')
      ? 'choose a platform that has an object store: --platform kafka-tiered'
      : `it has ${[...capabilities].join(', ')}`,
  })
}

/** `20261123-154512-first`: sorts by time, names the drill. */
export function runId(drill: string, wallMs: number): string {
  const stamp = new Date(wallMs).toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15)
  return `${stamp}-${drill}`
}

export function makeRunFolder(runDir: string): void {
  makeNewFolder(runDir)
  for (const part of ['history', 'samples', 'logs']) mkdirSync(join(runDir, part))
}

export interface HeaderInput {
  readonly run: string
  readonly loaded: LoadedDrill
  readonly seed: string
  readonly layout: LabLayout
  readonly platform: Platform
  readonly software: PlatformSoftware
  readonly ownsLab: boolean
  readonly runner: ProcessIdentity
  readonly guardian: ProcessIdentity
  readonly clock: Clock
  readonly versions: Readonly<Record<string, string>>
}

export async function writeHeader(runDir: string, input: HeaderInput): Promise<RunHeader> {
  const { loaded, layout, clock } = input
  const header: RunHeader = {
    format: 1,
    run: input.run,
    drill: { ...loaded.drill, seed: input.seed },
    drillSha256: loaded.sha256,
    seed: input.seed,
    platform: input.platform,
    software: input.software,
    driver: 'local',
    labDir: layout.dir,
    ownsLab: input.ownsLab,
    zones: layout.topology.zones,
    nodes: layout.topology.nodes,
    startedAtWallMs: Math.round(clock.wallMs() - clock.now()),
    runner: input.runner,
    guardian: input.guardian,
    versions: {
      ...programVersions(),
      ...input.versions,
    },
    commit: await currentCommit(),
    machine: {
      os: process.platform,
      arch: process.arch,
      cpuModel: cpus()[0]?.model ?? 'unknown',
      cpus: cpus().length,
      memoryBytes: totalmem(),
      load1: loadavg()[0] ?? 0,
    },
  }
  writeDocument(join(runDir, 'run.json'), header)
  return header
}

/** Of what runs and measures, whatever the platform is. */
export function programVersions(): {
  readonly aftershock: string
  readonly node: string
  readonly kafkajs: string
} {
  const versionIn = (...folders: string[]): string => {
    const path = join(packageRoot(), ...folders, 'package.json')
    return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version
  }
  return {
    aftershock: versionIn(),
    node: process.versions.node,
    kafkajs: versionIn('node_modules', 'kafkajs'),
  }
}

/** A working tree on a slow disk; whoever has none of it runs without a commit in its header. */
const GIT_MS = 20_000

let commit: Promise<string | null> | undefined

/**
 * Of the checkout that this process was started from; what is committed while it runs does not change it. With
 * `+changes` when the checkout differs from its commit.
 */
export function currentCommit(): Promise<string | null> {
  commit ??= readCommit()
  return commit
}

async function readCommit(): Promise<string | null> {
  const git = async (...args: string[]) =>
    (await promisify(execFile)('git', args, { cwd: packageRoot(), timeout: GIT_MS })).stdout.trim()
  try {
    const [head, changes] = [await git('rev-parse', 'HEAD'), await git('status', '--porcelain')]
    return changes === '' ? head : `${head}+changes`
  } catch {
    return null
  }
}
