import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'mocha'
import { packageFile, packageRoot } from '../../chaos/package-root.ts'

describe('what is written for people who work on this', () => {
  for (const page of [
    'docs/adding-an-action.md',
    'docs/adding-an-environment.md',
    'docs/adding-a-command.md',
  ])
    it(`shows code as it is in the file that the heading names: ${page}`, () => {
      const blocks = [...textOf(page).matchAll(/^## [^\n]*`([^`]+)`\n(?:(?!^## )[^])*?```ts\n([^]*?)\n```/gm)]
      assert.ok(blocks.length >= 3)
      for (const [, file = '', shown = ''] of blocks)
        for (const part of shown.split('\n\n')) assert.ok(textOf(file).includes(part), `${file}: ${part}`)
    })

  for (const page of pages())
    it(`names only files that there are: ${page}`, () => {
      const text = textOf(page)
      const named = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
        .map(([, target = '']) => target)
        .filter(target => !/^[a-z]+:/.test(target))
      const missing = named.filter(target => !existsSync(join(packageRoot(), page, '..', target)))
      assert.deepEqual(missing, [])
    })

  for (const page of pages())
    it(`names only sources that there are: ${page}`, () => {
      const named = [
        ...textOf(page).matchAll(/`((?:chaos|lib|bin|bench|test)\/[\w./-]+\.(?:ts|mjs|py|java))`/g),
      ]
      const missing = named.map(([, file = '']) => file).filter(file => !existsSync(packageFile(file)))
      assert.deepEqual(missing, [])
    })

  for (const page of ['README.md', 'docs/comparing.md', 'docs/cost-model.md'])
    it(`has no paragraph of more than 600 characters: ${page}`, () => {
      const text = textOf(page).replaceAll(/```[\s\S]*?```/g, '')
      const paragraphs = text
        .split(/\n\s*\n|\n(?=\s*(?:[-*]|\d+\.) )/)
        .filter(paragraph => !paragraph.trimStart().startsWith('|'))
        .map(paragraph => paragraph.replaceAll(/\s+/g, ' ').trim())
      assert.deepEqual(
        paragraphs.filter(paragraph => paragraph.length > 600),
        [],
      )
    })
})

function textOf(file: string): string {
  return readFileSync(packageFile(file), 'utf8')
}

function pages(): string[] {
  const docs = readdirSync(packageFile('docs'), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.md'))
    .map(name => name.replaceAll('\\', '/'))
  return ['README.md', 'CONTRIBUTING.md', 'AGENTS.md', ...docs.map(name => `docs/${name}`)]
}
