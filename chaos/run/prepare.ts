import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Clock } from '../core/clock.ts'
import { AftershockError } from '../core/errors.ts'
import type { ProcessIdentity } from '../core/process-identity.ts'
import { LINE_FORMATS, type RunHeader, writeRunHeader } from '../record/run-header.ts'
import type { LoadedDrill } from '../drill/load-drill.ts'
import type { Environment } from '../drivers/environment.ts'
import { makeNewFolder } from '../out-place.ts'
import { packageFolder, packageRoot } from '../package-root.ts'

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
  readonly environment: Environment
  readonly runner: ProcessIdentity
  readonly guardian: ProcessIdentity
  readonly clock: Clock
  readonly commit: string | null
}

export function writeHeader(runDir: string, input: HeaderInput): RunHeader {
  const { run, loaded, seed, environment, runner, guardian, clock, commit } = input
  const { outline, header: place } = environment
  const header: RunHeader = {
    format: 1,
    formats: LINE_FORMATS,
    run,
    drill: { ...loaded.drill, seed },
    drillSha256: loaded.sha256,
    seed,
    platform: outline.platform,
    software: place.software,
    ...(place.regionSoftware && { regionSoftware: place.regionSoftware }),
    driver: place.driver,
    labDir: place.labDir,
    ownsLab: place.ownsLab,
    zones: outline.topology.zones,
    nodes: outline.topology.nodes,
    startedAtWallMs: Math.round(clock.wallMs() - clock.now()),
    runner,
    guardian,
    versions: { ...programVersions(), ...place.versions },
    commit,
    machine: {
      os: process.platform,
      arch: process.arch,
      cpuModel: cpus()[0]?.model ?? 'unknown',
      cpus: cpus().length,
      memoryBytes: totalmem(),
      load1: loadavg()[0] ?? 0,
    },
  }
  writeRunHeader(runDir, header)
  return header
}

/** Of what runs and measures, whatever the platform is. */
export function programVersions(): {
  readonly aftershock: string
  readonly node: string
  readonly kafkajs: string
} {
  const versionIn = (folder: string | undefined): string => {
    if (folder === undefined) throw new AftershockError('internal', 'the package kafkajs is not to be found')
    return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version
  }
  return {
    aftershock: versionIn(packageRoot()),
    node: process.versions.node,
    kafkajs: versionIn(packageFolder('kafkajs')),
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
  // An installed package may lie in a repository of its user, whose commits say nothing of this program.
  if (!existsSync(join(packageRoot(), '.git'))) return null
  const git = async (...args: string[]) =>
    (await promisify(execFile)('git', args, { cwd: packageRoot(), timeout: GIT_MS })).stdout.trim()
  try {
    const [head, changes] = [await git('rev-parse', 'HEAD'), await git('status', '--porcelain')]
    return changes === '' ? head : `${head}+changes`
  } catch {
    return null
  }
}
