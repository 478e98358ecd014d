import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'mocha'
import { COMMANDS } from '../../../chaos/commands/table.ts'
import { packageFile } from '../../../chaos/package-root.ts'
import { commandPages } from '../../house/command-pages.ts'
import { commandLine } from './command-line.ts'

describe('the page of each command', () => {
  it('is there, is what the program prints, and has no sibling (else: node --import tsx bin/commands.ts)', async () => {
    const pages = await commandPages()
    assert.equal(pages.size, COMMANDS.length + 1)
    assert.deepEqual(readdirSync(packageFile('docs', 'commands')).toSorted(), [...pages.keys()].toSorted())
    for (const [name, text] of pages)
      assert.equal(readFileSync(packageFile('docs', 'commands', name), 'utf8'), text, name)
  })

  it('names every option that its help has', async () => {
    for (const { name } of COMMANDS) {
      const { out } = await commandLine([name, '--help'])
      const page = readFileSync(packageFile('docs', 'commands', `${name}.md`), 'utf8')
      const flags = [...out.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, flag]) => flag ?? '')
      assert.deepEqual(
        flags.filter(flag => flag !== '--help' && !page.includes(flag)),
        [],
        name,
      )
    }
  })

  it('leads on to pages that there are, as the help does', async () => {
    for (const { name, topics } of COMMANDS) {
      for (const topic of topics)
        assert.ok(existsSync(packageFile('docs', `${topic}.md`)), `${name}: ${topic}`)
      const { out } = await commandLine([name, '--help'], { program: 'npx .' })
      assert.ok(
        out.endsWith(`\nMore: ${topics.map(topic => `npx . help ${topic}`).join(', ')}\n`),
        out.slice(-200),
      )
    }
  })
})
