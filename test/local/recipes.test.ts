import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import { packageFile } from '../../chaos/package-root.ts'
import { python } from './python.ts'

const ACTIONLINT = 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.7'

interface Linted {
  readonly status: number | null
  readonly said: string
}

describe('recipes that others run: workflows and a container', function () {
  this.timeout(300_000)
  let folder = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'aftershock-recipes-'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  const written = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }

  const ran = (program: string, args: readonly string[]): Linted => {
    const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, encoding: 'utf8' })
    return { status, said: `${stdout}${stderr}` }
  }

  describe('workflows, by actionlint', () => {
    const lint = (file: string) =>
      ran('go', ['run', ACTIONLINT, '-no-color', '-shellcheck=', '-pyflakes=', file])
    before(function () {
      if (ran('go', ['version']).status === 0) return
      process.stderr.write('      actionlint needs Go\n')
      this.skip()
    })

    it('have nothing that it finds: that of this repository, and the one to copy from docs/ci.md', () => {
      const page = readFileSync(packageFile('docs', 'ci.md'), 'utf8')
      const copied = [...page.matchAll(/^```yaml\n(.*?)^```/gms)].flatMap(([, text]) =>
        text?.includes('runs-on:') ? [text] : [],
      )
      assert.equal(copied.length, 1)
      const files = [packageFile('.github', 'workflows', 'ci.yaml'), written('copied.yaml', copied[0] ?? '')]
      for (const file of files) assert.deepEqual(lint(file), { status: 0, said: '' }, file)
    })

    it('are refused with a key that does not exist', () => {
      const broken = 'on: push\njobs:\n  drill:\n    runs-on: ubuntu-24.04\n    step:\n      - run: true\n'
      const { status, said } = lint(written('broken.yaml', broken))
      assert.equal(status, 1)
      assert.match(said, /unexpected key "step" for "job" section/)
    })
  })

  describe('the Dockerfile, by hadolint', () => {
    let hadolint = ''
    before(function () {
      const beside = python('-c', 'import sys; print(sys.executable)').stdout.trim()
      hadolint = join(dirname(beside), 'hadolint')
      if (existsSync(hadolint)) return
      process.stderr.write('      hadolint is in .ci/python.txt, which says how it is installed\n')
      this.skip()
    })

    it('has nothing that it finds', () =>
      assert.deepEqual(ran(hadolint, ['--no-color', packageFile('Dockerfile')]), { status: 0, said: '' }))

    it('is refused with a base of no version', () => {
      const { status, said } = ran(hadolint, ['--no-color', written('Dockerfile', 'FROM node\n')])
      assert.equal(status, 1)
      assert.match(said, /DL3006/)
    })
  })
})
