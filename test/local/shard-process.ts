import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FleetSample } from '../../chaos/record/samples.ts'
import { waitFor } from '../../chaos/core/wait.ts'
import type { ShardHeaderFile } from '../../chaos/run/run-shard.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import type { EnvironmentConfig } from '../../lib/environment-schema.ts'
import { changed, parameterText, resourcesOf, shipped, type Synthesized } from '../stacks/synthesized.ts'

/** Environment variables of a shard. */
export type Settings = Readonly<Record<string, string>>

/** A shard that runs as a process of its own. */
export interface Started {
  readonly child: ChildProcess
  readonly exit: Promise<number | null>
  output(): string
  stdout(): string
  /** The one folder that it made. */
  folder(): string
  header(): ShardHeaderFile
  /** Records that were acknowledged, by its samples. */
  sampled(): number
  /** Resolves when so many were; fails early, with what was said, if the shard ends first. */
  acknowledged(records: number): Promise<boolean>
}

/** @param parent the shard's SHARD_DIR */
export function watch(child: ChildProcess, parent: string): Started {
  let [stdout, stderr] = ['', '']
  child.stdout?.on('data', chunk => (stdout += chunk))
  child.stderr?.on('data', chunk => (stderr += chunk))
  const exit = new Promise<number | null>(resolve => child.once('close', code => resolve(code)))
  const folder = () => {
    const [name, ...others] = readdirSync(parent)
    assert.deepEqual(others, [])
    return join(parent, name ?? '')
  }
  const sampled = () => {
    const lines = linesOf<FleetSample>(join(folder(), 'samples', 'fleet.jsonl'))
    return lines.reduce((sum, { acked }) => sum + acked, 0)
  }
  const enough = (records: number) => {
    if (child.exitCode !== null) throw new Error(`the shard ended with ${child.exitCode}: ${stderr}`)
    try {
      return sampled() >= records
    } catch {
      return false
    }
  }
  return {
    child,
    exit,
    folder,
    sampled,
    output: () => stderr,
    stdout: () => stdout,
    header: () => JSON.parse(readFileSync(join(folder(), 'shard.json'), 'utf8')) as ShardHeaderFile,
    acknowledged: records =>
      waitFor(`${records} records to be acknowledged`, () => enough(records), {
        clock: systemClock,
        deadlineMs: 120_000,
        lastSeen: () => stderr,
      }),
  }
}

/** What user data fetches and the bootstrap exports. */
export function settingsOf({ simulator, config }: Synthesized, shard: string): Settings {
  const text = parameterText(simulator, `/aftershock/${config.environment}/fleet/${shard}/node.env`)
  return Object.fromEntries(
    [...text.matchAll(/^([A-Z0-9_]+)='(.*)'$/gm)].map(([, name, value]) => [name, value]),
  )
}

export interface Task {
  readonly command: string
  readonly settings: Settings
  /** Variables that ECS fills from secrets. */
  readonly secrets: readonly string[]
}

/** What ECS is told to run, by the template. */
export function taskOf(
  environment: 'automq' | 'kafka',
  shard: string,
  change: Partial<EnvironmentConfig> = {},
): Task {
  const image = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/fleet:1'
  const fleet = { ...shipped(environment).config.fleet, host: 'fargate' as const, image }
  const { simulator } = changed(environment, { ...change, fleet })
  for (const { Properties } of Object.values(resourcesOf(simulator, 'AWS::ECS::TaskDefinition'))) {
    const [container] = Properties.ContainerDefinitions as {
      EntryPoint: string[]
      Command: [string]
      Environment: { Name: string; Value: unknown }[]
      Secrets?: { Name: string }[]
    }[]
    const plain = (container?.Environment ?? []).filter(({ Value }) => typeof Value === 'string')
    const settings = Object.fromEntries(plain.map(({ Name, Value }) => [Name, Value as string]))
    if (!container || settings.NODE_NAME !== shard) continue
    assert.deepEqual(container.EntryPoint, ['sh', '-c'])
    const secrets = (container.Secrets ?? []).map(({ Name }) => Name)
    return { command: container.Command[0], settings, secrets }
  }
  throw new Error(`no task of ${shard}`)
}

/** Whole lines only: the shard may be writing. */
export function linesOf<T>(path: string): T[] {
  const text = readFileSync(path, 'utf8')
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as T)
}
