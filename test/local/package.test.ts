import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { after, before, describe, it } from 'mocha'
import { packageRoot } from '../../chaos/package-root.ts'

const run = promisify(execFile)
const QUIET = ['--no-audit', '--no-fund', '--loglevel=error', '--ignore-scripts']

interface Packed {
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}

interface Ended {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** From `npm pack` to a program in somebody's empty folder, which is a git repository of their own. */
describe('the package, installed in an empty folder', function () {
  this.timeout(300_000)
  let folder = ''
  let paths: readonly string[] = []
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'aftershock-package-'))
    // Not its `prepack`: that would replace the build which other tests are running from.
    const { stdout } = await run(
      'npm',
      ['pack', '--json', '--ignore-scripts', '--pack-destination', folder, ...QUIET],
      { cwd: packageRoot(), maxBuffer: 2 ** 26 },
    )
    const [packed] = JSON.parse(stdout) as [Packed]
    paths = packed.files.map(({ path }) => path)
    mkdirSync(join(folder, 'theirs'))
    const theirs = (file: string, ...args: string[]) => run(file, args, { cwd: join(folder, 'theirs') })
    await theirs('npm', 'init', '--yes')
    await theirs('npm', 'install', '--prefer-offline', ...QUIET, join(folder, packed.filename))
    await theirs('git', 'init', '--quiet')
    await theirs('git', '-c', 'user.name=x', '-c', 'user.email=x@x', 'commit', '-qm', 'x', '--allow-empty')
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  async function aftershock(...args: string[]): Promise<Ended> {
    const env = { ...process.env, HOME: join(folder, 'home'), XDG_STATE_HOME: '', XDG_CACHE_HOME: '' }
    const program = join('node_modules', '.bin', 'aftershock')
    try {
      const output = await run(program, args, { cwd: join(folder, 'theirs'), env })
      return { status: 0, ...output }
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
      return { status: code, stdout, stderr }
    }
  }

  it('holds the program and what it reads, and neither tests nor source maps', () => {
    const folders = new Set(paths.map(path => path.split('/')[0]))
    for (const left of ['test', 'bench', 'runs', '.ci', 'node_modules'])
      assert.ok(!folders.has(left), `${left} is in the package`)
    assert.deepEqual(
      paths.filter(path => /\.map$|\.test\.|^bin\/test/.test(path)),
      [],
    )
    const kept = execFileSync('git', ['ls-files', 'drills', 'contracts', 'docs', 'lib', 'chaos'], {
      cwd: packageRoot(),
      encoding: 'utf8',
    })
    const packed = new Set(paths)
    const absent = kept.split('\n').filter(path => path !== '' && !packed.has(path))
    // Git keeps these, npm never packs them.
    assert.deepEqual(
      absent.filter(path => !path.endsWith('.gitignore')),
      [],
    )
  })

  it('imports only what its dependencies are, outside of what deploys', () => {
    const installed = join(folder, 'theirs', 'node_modules', 'aftershock')
    const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
      readonly dependencies: Readonly<Record<string, string>>
      readonly peerDependencies: Readonly<Record<string, string>>
    }
    const imported = (part: string) => {
      const names = readdirSync(join(installed, 'dist', part), { recursive: true, encoding: 'utf8' })
      const scripts = names.filter(name => name.endsWith('.js'))
      return new Set(
        scripts.flatMap(name => {
          const source = readFileSync(join(installed, 'dist', part, name), 'utf8')
          const found = source.matchAll(/^(?:import|export|\}).* from '([^']+)';$|\bimport\('([^']+)'\)/gm)
          return [...found].flatMap(([, by, lazily]) => by ?? lazily ?? [])
        }),
      )
    }
    const packages = (specifiers: ReadonlySet<string>) =>
      [...specifiers]
        .filter(name => !name.startsWith('.') && !isBuiltin(name))
        .map(name =>
          name
            .split('/')
            .slice(0, name.startsWith('@') ? 2 : 1)
            .join('/'),
        )
    const ofProgram = packages(imported('chaos'))
    assert.ok(ofProgram.includes('kafkajs'))
    assert.deepEqual(
      ofProgram.filter(name => !(name in manifest.dependencies)),
      [],
    )
    const known = { ...manifest.dependencies, ...manifest.peerDependencies }
    assert.deepEqual(
      packages(imported('lib')).filter(name => !(name in known)),
      [],
    )
  })

  it('plans each shipped drill as a checkout does, and knows how it is called', async () => {
    const plan = await aftershock('run', 'first', '--plan')
    assert.equal(plan.status, 0, plan.stderr)
    assert.match(plan.stdout, /^first, seed 1, SHA-256 /m)
    const help = await aftershock('--help')
    assert.match(help.stdout, /^Usage: npx aftershock /m)
    const missing = await aftershock('run', 'frist', '--plan')
    assert.equal(missing.status, 65, missing.stderr)
    assert.match(missing.stderr, /first/)
  })

  it('names the packages that deploying needs, with their versions, and deploys nothing without them', async () => {
    const refused = await aftershock('deploy', '--environment', 'kafka', '--plan')
    assert.equal(refused.status, 69)
    assert.match(refused.stderr, /^aftershock: deploying needs packages that are not installed:/)
    assert.match(refused.stderr, /npm install .*\baws-cdk-lib@\d+\.\d+\.\d+ /)
  })

  it('writes nothing into its own folder, and takes no commit of theirs for its own', async () => {
    const script = `
      import { currentCommit, programVersions } from './node_modules/aftershock/dist/chaos/run/prepare.js'
      console.log(JSON.stringify({ commit: await currentCommit(), versions: programVersions() }))`
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: join(folder, 'theirs'),
    })
    const { commit, versions } = JSON.parse(stdout) as {
      commit: string | null
      versions: { kafkajs: string }
    }
    assert.equal(commit, null)
    assert.equal(versions.kafkajs, '2.2.4')
    assert.ok(!existsSync(join(folder, 'theirs', 'node_modules', 'aftershock', 'node_modules')))
    assert.ok(!existsSync(join(folder, 'theirs', 'node_modules', 'aftershock', 'cdk.out')))
  })
})
