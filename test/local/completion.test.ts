import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import { commandLine } from '../unit/commands/command-line.ts'

const hasShell = (shell: string): boolean => {
  try {
    execFileSync(shell, ['-c', 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

describe('completion of words in a shell', () => {
  let folder = ''
  const script = (shell: string) => join(folder, shell)
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'aftershock-completion-'))
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { code, out, err } = await commandLine(['completion', shell])
      assert.equal(code, 0, err)
      writeFileSync(script(shell), out)
    }
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  const inBash = (...words: string[]): string[] => {
    const code = `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _aftershock; printf '%s\\n' "\${COMPREPLY[@]}"`
    const said = execFileSync('bash', ['-c', code, script('bash'), ...words], { encoding: 'utf8' })
    return said.split('\n').filter(word => word !== '')
  }

  it('has commands, their commands, options, choices and drills, in bash', function () {
    if (!hasShell('bash')) this.skip()
    assert.deepEqual(inBash('aftershock', 'comp'), ['compatibility', 'compare', 'completion'])
    assert.deepEqual(inBash('aftershock', 'lab', 'u'), ['up', 'unpack'])
    assert.deepEqual(inBash('aftershock', 'run', 'zone-cu'), ['zone-cut'])
    assert.deepEqual(inBash('aftershock', 'run', 'zone-cut', '--li'), ['--live'])
    assert.deepEqual(inBash('aftershock', 'completion', 'f'), ['fish'])
    assert.deepEqual(inBash('aftershock', 'run', 'no-such'), [])
  })

  for (const shell of ['zsh', 'fish'])
    it(`is read without a complaint by ${shell}${hasShell(shell) ? '' : ' (skipped: it is not installed)'}`, function () {
      if (!hasShell(shell)) this.skip()
      execFileSync(shell, ['-n', script(shell)])
    })
})
