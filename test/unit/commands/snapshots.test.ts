import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'mocha'
import { programName } from '../../../chaos/commands/process-io.ts'
import { packageRoot } from '../../../chaos/package-root.ts'
import { programVersion } from '../../../chaos/staged-program.ts'
import { Folder } from '../judge/sealed-run.ts'
import { commandLine } from './command-line.ts'

const AT_80 = { columns: 80, program: 'npx .', env: { NO_COLOR: '1' } }

describe('what is printed on a terminal of 80 columns', () => {
  const COMMANDS =
    'doctor run lab fleet heal audit report score cost compare prices verify seal keygen schema'.split(' ')

  it('fits, in the help of every command', async () => {
    for (const args of [[], ...COMMANDS.map(command => [command])]) {
      const { code, out } = await commandLine([...args, '--help'], AT_80)
      assert.equal(code, 0)
      assert.match(out, new RegExp(`^Usage: npx \\. ${args[0] ?? '\\[options\\]'}`))
      // A text that is written by hand below the options is not wrapped.
      const wide = out
        .split('\n')
        .filter(line => line.length > 80 && !/^[A-Z#]|^ {2}#|certificates/.test(line))
      assert.deepEqual(wide, [], args.join(' '))
    }
  })

  it('names every command and every exit code in the help', async () => {
    const { out } = await commandLine(['--help'], AT_80)
    for (const command of COMMANDS) assert.match(out, new RegExp(`^ {2}${command}\\b`, 'm'))
    for (const code of [0, 1, 2, 64, 65, 69, 70, 75, 76, 77, 130])
      assert.match(out, new RegExp(`(^| ) ${code} {2,4}[a-z]`, 'm'))
  })

  it('is the links of a fault in lines, in a plan', async () => {
    const { out } = await commandLine(['run', 'zone-cut', '--plan'], AT_80)
    const links = out.split('\n').filter(line => /^ {10}az-/.test(line))
    assert.ok(links.length > 1)
    for (const line of links) assert.ok(line.length <= 80, line)
  })

  it('is a mistake, what was meant and what there is, after a typo', async () => {
    assert.equal(
      (await commandLine(['docter'], AT_80)).err,
      "error: unknown command 'docter'\n(Did you mean doctor?)\n(`npx . --help` lists what there is)\n",
    )
    const drill = await commandLine(['run', 'zone-cutt'], AT_80)
    const lines = drill.err.split('\n')
    assert.equal(lines[0], "aftershock: no drill is called 'zone-cutt'; did you mean 'zone-cut'?")
    assert.equal(lines[1], 'There are:')
    assert.equal(lines.at(-2), 'A file of your own is named with its folder, e.g. ./zone-cutt.yaml')
    for (const line of lines) assert.ok(line.length <= 80, line)
    assert.doesNotMatch((await commandLine(['run', '.x'], AT_80)).err, /\.\/\.x/)
  })

  it('is where the help of that very command is, after a mistake in its options', async () => {
    for (const [args, command] of [
      [['run', '--plam'], 'run'],
      [['completion'], 'completion'],
      [['lab', 'unpack'], 'lab unpack'],
    ] as const)
      assert.match(
        (await commandLine(args, AT_80)).err,
        new RegExp(`\\(\`npx \\. ${command} --help\` lists what it takes\\)\\n$`),
      )
  })

  it('says that a folder is not there, and where a file of a guide lies in the package', async () => {
    for (const command of [['runs', 'list'], ['trend']]) {
      const { code, err } = await commandLine([...command, 'no-such'], AT_80)
      assert.deepEqual([code, err.split('\n')[0]], [65, 'aftershock: there is no folder no-such'])
    }
    using folder = new Folder()
    const surroundings = { ...AT_80, cwd: folder.dir }
    const { err } = await commandLine(['contract', 'check', 'contracts/fleet.yaml'], surroundings)
    assert.ok(err.includes(join(packageRoot(), 'contracts', 'fleet.yaml')), err)
    const other = await commandLine(['contract', 'check', 'contracts/mine.yaml'], surroundings)
    assert.match(other.err, /no such file\ncheck the path\n$/)
    assert.equal((await commandLine(['runs', 'list'], surroundings)).code, 0)
    for (const args of [
      ['audit', '--history', 'no-such'],
      ['lab', 'unpack', 'no-such'],
      ['verify', 'no-such'],
    ])
      assert.match((await commandLine(args, surroundings)).err, /cannot\s+be read: there is no such file\n/)
  })

  it('is the version, however it is asked for', async () => {
    for (const args of [['--version'], ['-V'], ['version']])
      assert.deepEqual(await commandLine(args, AT_80), { code: 0, out: `${programVersion()}\n`, err: '' })
  })
})

describe('how this program is called in what it prints', () => {
  const root = packageRoot()

  it('is what a shell would start: the name on PATH, else npx with the folder', () => {
    using folder = new Folder()
    mkdirSync(folder.path('bin'))
    symlinkSync(join(root, 'bin', 'aftershock.mjs'), folder.path('bin/aftershock'))
    assert.equal(programName({ PATH: folder.path('bin') }, folder.dir, root), 'aftershock')
    assert.equal(programName({ PATH: '/usr/bin' }, root, root), 'npx .')
    assert.equal(programName({ PATH: '/usr/bin' }, folder.dir, root), `npx ${root}`)
    assert.equal(programName({}, folder.dir, '/with space/aftershock'), "npx '/with space/aftershock'")
    assert.equal(programName({}, '/p/src', '/p/node_modules/aftershock'), 'npx aftershock')
  })

  it('is not what npm puts in front of PATH for itself', () => {
    using folder = new Folder()
    const bin = folder.path('_npx/1/node_modules/.bin')
    mkdirSync(bin, { recursive: true })
    symlinkSync(join(root, 'bin', 'aftershock.mjs'), join(bin, 'aftershock'))
    assert.equal(programName({ PATH: bin }, root, root), 'npx .')
  })

  it('is not changed in JSON, nor where the name is no command', async () => {
    const json = await commandLine(['run', 'first', '--plan', '--json'], AT_80)
    assert.equal((JSON.parse(json.out) as { drill: string }).drill, 'first')
    assert.match((await commandLine(['run', 'nothing'], AT_80)).err, /^aftershock: no drill/)
  })
})

describe('colours', () => {
  const painted = async (args: readonly string[], columns?: number, env = {}) => {
    const { judgedRun } = await import('../judge/sealed-run.ts')
    using run = await judgedRun()
    const { out } = await commandLine(['score', '.', ...args], {
      cwd: run.dir,
      env,
      ...(columns !== undefined && { columns }),
    })
    return out.includes('\u001b')
  }

  it('are for a terminal that has them and for whoever asks for them', async () => {
    assert.equal(await painted([], 80), true)
    assert.equal(await painted([]), false)
    assert.equal(await painted([], 80, { NO_COLOR: '1' }), false)
    assert.equal(await painted([], 80, { TERM: 'dumb' }), false)
    assert.equal(await painted(['--no-color'], 80), false)
    assert.equal(await painted([], undefined, { FORCE_COLOR: '1' }), true)
    assert.equal(await painted([], 80, { FORCE_COLOR: '0' }), false)
  })
})
