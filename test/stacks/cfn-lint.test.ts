import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, it } from 'mocha'
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

describe('cfn-lint', function () {
  this.timeout(600_000)

  it('finds nothing in any template of any environment', async function () {
    const python = await pythonWithCfnLint()
    if (python === null) {
      if (this.test) this.test.title += ' [no Python with cfn-lint: set AFTERSHOCK_PYTHON]'
      this.skip()
    }
    const folder = mkdtempSync(join(tmpdir(), 'aftershock-lint-'))
    try {
      const fleet = { ...shipped('lab').config.fleet, host: 'fargate' as const, image: FLEET_IMAGE }
      const logins = [
        changed('lab', { ...LOGINS, fleet }),
        changed('kafka', LOGINS),
        changed('automq', LOGINS),
        withGameDays(),
        changed('kafka', {}, { drills: await drills('zone-cut', 'broker-stop', 'link-latency') }),
      ]
      const stacks = [...ENVIRONMENTS.map(shipped), ...logins].flatMap(({ stacks: of }) => of)
      stacks.push(everyActionOfFis())
      const files = stacks.map((stack, index) => {
        const file = join(folder, `${index}-${stack.stackName}.json`)
        writeFileSync(file, JSON.stringify(templateOf(stack).toJSON()))
        return file
      })
      assert.ok(files.length >= 20 && Object.keys(resourcesOf(stacks[1] ?? null)).length > 0)
      assert.equal(await lint(python, files), '')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

/** @returns what cfn-lint printed, one finding a line; nothing when it found nothing. */
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

async function pythonWithCfnLint(): Promise<string | null> {
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
