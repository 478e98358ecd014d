import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Stack } from 'aws-cdk-lib'
import { drills } from './drills.ts'
import { everyActionOfFis } from './every-action.ts'
import { withGameDays } from './game-days.ts'
import {
  changed,
  ENVIRONMENTS,
  FLEET_IMAGE,
  LOGINS,
  resourcesOf,
  shipped,
  templateOf,
} from './synthesized.ts'

/** Not among its findings: dependencies that CDK writes twice, and zones, which we name on purpose. */
const ALLOWED = ['W3005', 'W3010']

/** Of every environment, and of what environments may have besides. */
export async function everyStack(): Promise<readonly Stack[]> {
  const fleet = { ...shipped('lab').config.fleet, host: 'fargate' as const, image: FLEET_IMAGE }
  const more = [
    changed('lab', { ...LOGINS, fleet }),
    changed('kafka', LOGINS),
    changed('automq', LOGINS),
    withGameDays(),
    changed('kafka', { audit: { parts: 3 } }),
    changed('kafka', {}, { drills: await drills('zone-cut', 'broker-stop', 'link-latency') }),
  ]
  const stacks = [...ENVIRONMENTS.map(shipped), ...more].flatMap(({ stacks: of }) => of)
  return [...stacks, everyActionOfFis()]
}

/** Those that have a resource which none before them has but for names of environments and digests. */
export function distinct(stacks: readonly Stack[]): readonly Stack[] {
  const seen = new Set<string>()
  return stacks.filter(stack => {
    const before = seen.size
    for (const resource of Object.values(resourcesOf(stack))) seen.add(withoutNames(JSON.stringify(resource)))
    return seen.size > before
  })
}

const NAMES = new RegExp(ENVIRONMENTS.toSorted((a, b) => b.length - a.length).join('|'), 'g')

function withoutNames(text: string): string {
  return text.replaceAll(NAMES, '<name>').replaceAll(/[0-9a-f]{64}|[0-9A-F]{8}/g, '<digest>')
}

/** @returns what cfn-lint printed, one finding a line; nothing when it found nothing. */
export async function findingsOf(python: string, stacks: readonly Stack[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'aftershock-lint-'))
  try {
    const files = stacks.map((stack, index) => {
      const file = join(folder, `${index}-${stack.stackName}.json`)
      writeFileSync(file, JSON.stringify(templateOf(stack).toJSON()))
      return file
    })
    return await lint(python, files)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function lint(python: string, files: readonly string[]): Promise<string> {
  const program = 'from cfnlint.runner import main; main()'
  const args = [
    '--format',
    'parseable',
    '--ignore-checks',
    ...ALLOWED,
    '--regions',
    'eu-west-1',
    '--',
    ...files,
  ]
  try {
    const { stdout } = await promisify(execFile)(python, ['-c', program, ...args])
    return stdout.trim()
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    return `${stdout}${stderr}`.trim()
  }
}

export async function pythonWithCfnLint(): Promise<string | null> {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
  const inCache = join(cache, 'aftershock', 'ci-python', 'bin', 'python')
  const candidates = [process.env.AFTERSHOCK_PYTHON, existsSync(inCache) ? inCache : undefined, 'python3']
  for (const python of candidates.filter(candidate => candidate !== undefined)) {
    const works = promisify(execFile)(python, ['-c', 'import cfnlint.runner']).then(
      () => true,
      () => false,
    )
    if (await works) return python
  }
  return null
}
