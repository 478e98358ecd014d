import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import { createHash } from 'node:crypto'
import { bootstrapFile } from './moto-node.ts'

/** What the machine has and what its package repository gives, by the names that Amazon Linux gives programs. */
interface Machine {
  /** `node: 18.20.8`: version of each program that is there. */
  readonly programs?: Readonly<Record<string, string>>
  /** What `dnf install -y -q <package>` puts there. */
  readonly packages?: Readonly<Record<string, readonly [program: string, version: string]>>
}

interface Ended {
  readonly status: number | null
  readonly output: string
}

/** The script as it is, with stand-ins for AWS and `dnf`: where the tests run, Node.js is always there already. */
describe('the bootstrap of a shard', function () {
  this.timeout(300_000)
  let dir: string
  let system: string

  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'bootstrap-node-js-'))
    system = join(dir, 'system')
    mkdirSync(system)
    const found = new Map<string, string>()
    for (const folder of ['/usr/sbin', '/sbin', '/usr/bin', '/bin'].filter(existsSync))
      for (const name of readdirSync(folder)) found.set(name, join(folder, name))
    for (const [name, path] of found) if (!/^(node|aws|dnf)/.test(name)) symlinkSync(path, join(system, name))
  })
  after(() => rmSync(dir, { recursive: true, force: true }))

  /** Boots until the program runs, which says which Node.js it is, or until the script stops. */
  async function boot({ programs = {}, packages = {} }: Machine): Promise<Ended> {
    const machine = mkdtempSync(join(dir, 'machine-'))
    const bin = join(machine, 'bin')
    mkdirSync(bin)
    const base = join(machine, 'opt', 'aftershock')
    mkdirSync(base, { recursive: true })
    writeFileSync(join(base, 'node.env'), SETTINGS)
    const bootstrap = bootstrapFile(base)
    script(join(bin, 'aws'), `case "$1" in ssm) echo ;; s3) echo program >"$5" ;; esac`)
    for (const [name, version] of Object.entries(programs)) script(join(bin, name), nodeJs(name, version))
    for (const [name, [program, version]] of Object.entries(packages))
      script(join(machine, name), nodeJs(program, version))
    const names = Object.entries(packages).map(
      ([name, [program]]) => `${name}) cp ${join(machine, name)} ${join(bin, program)} ;;`,
    )
    script(join(bin, 'dnf'), `echo "dnf $*" >&2; case "$4" in ${names.join(' ')} *) exit 1 ;; esac`)
    const child = spawn('bash', [bootstrap, 'boot'], {
      env: {
        PATH: `${bin}:${system}`,
        AFTERSHOCK_ROOT: machine,
        AFTERSHOCK_WAIT_SECONDS: '0',
        AFTERSHOCK_METADATA: 'http://127.0.0.1:9',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    const collect = (chunk: Buffer) => {
      output += chunk.toString()
      // The script starts what ended again, for ever.
      if (output.includes('runs the program')) child.kill('SIGTERM')
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    const status = await new Promise<number | null>(resolve => child.once('close', resolve))
    return { status, output }
  }

  it('installs a Node.js that the program is built for, where there is none', async () => {
    const { status, output } = await boot({ packages: { nodejs24: ['node-24', 'v24.11.0'] } })
    assert.match(output, /node-24 v24\.11\.0 runs the program \S+\/aftershock\.mjs fleet/)
    assert.equal(status, 0)
  })

  it('does so beside an older one, which goes on to be called node', async () => {
    const { output } = await boot({
      programs: { node: 'v18.20.8' },
      packages: { nodejs24: ['node-24', 'v24.11.0'] },
    })
    assert.match(output, /node-24 v24\.11\.0 runs the program/)
  })

  it('takes one that is new enough as it is', async () => {
    const { output } = await boot({ programs: { node: 'v20.19.5' } })
    assert.match(output, /node v20\.19\.5 runs the program/)
    assert.doesNotMatch(output, /dnf|installing/)
  })

  it('stops with 69 when what was installed is too old, and starts nothing', async () => {
    const { status, output } = await boot({ packages: { nodejs24: ['node', 'v18.20.8'] } })
    assert.equal(status, 69)
    assert.match(
      output,
      /stopped: package nodejs24: is installed, but neither node-24 nor node is Node\.js 20/,
    )
    assert.doesNotMatch(output, /runs the program|started, process/)
  })

  it('stops with 69 when the package cannot be had', async () => {
    const { status, output } = await boot({ programs: { node: 'v18.20.8' } })
    assert.equal(status, 69)
    assert.match(output, /stopped: package nodejs24: dnf install -y -q nodejs24/)
  })
})

const SETTINGS = `AWS_REGION='eu-west-1'
PARAMETER_PATH='/test/fleet'
NODE_ROLE='fleet'
NODE_NAME='fleet-az-a-1'
FILES=''
PROGRAM_URI='s3://assets/program.mjs'
PROGRAM_SHA256='${createHash('sha256').update('program\n').digest('hex')}'
BOOTSTRAP_SERVERS='10.0.0.1:9092'
`

function nodeJs(name: string, version: string): string {
  return `if [ "$1" = --version ]; then echo ${version}; else echo "${name} ${version} runs the program $*"; fi`
}

function script(path: string, text: string): void {
  writeFileSync(path, `#!/bin/bash\n${text}\n`)
  chmodSync(path, 0o755)
}
