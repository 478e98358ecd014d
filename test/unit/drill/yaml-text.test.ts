import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { describe, it } from 'mocha'
import { parseYamlText, YAML_BYTES } from '../../../chaos/core/yaml-text.ts'
import { EnvironmentError } from '../../../lib/environment-source.ts'
import { loadEnvironment } from '../../../lib/environment.ts'
import { commandLine } from '../commands/command-line.ts'
import { Folder } from '../judge/sealed-run.ts'

/** Nine levels of nine: 387 million when written out. */
const BOMB = `a: &a [x]\n${Array.from('bcdefghij', (name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghi'[at]}`).join(', ')}]\n`).join('')}`
const WRONG: Readonly<Record<string, readonly [text: string, place: string, message: RegExp]>> = {
  'an alias without its anchor': [
    'a: 1\nb: [x, *nope]\n',
    '2:8',
    /the alias \*nope has no anchor &nope before it/,
  ],
  'an alias within what it repeats': ['a: 1\nb: &b\n  c: [*b]\n', '3:7', /stands in what it repeats/],
  'aliases without end': [BOMB, '10:40', /Excessive alias count/],
  'a key that is there twice': ['a: 1\na: 2\n', '2:1', /this key is here twice/],
  'a bracket that is left open': ['a: [1\nb: 2\n', '2:1', /\(YAML\)/],
}

describe('YAML, wherever it is read', () => {
  for (const [what, [text, place, message]] of Object.entries(WRONG))
    it(`is refused by file, line and column for ${what}`, async () => {
      const parsed = parseYamlText(text)
      assert.ok('troubles' in parsed)
      const [trouble] = parsed.troubles
      assert.equal(`${trouble?.line}:${trouble?.column}`, place)
      assert.match(trouble?.message ?? '', message)

      using folder = new Folder()
      folder.write('mine.yaml', text)
      for (const args of [
        ['run', './mine.yaml', '--plan'],
        ['cost', '--workload', 'mine.yaml'],
        ['audit', '--history', 'h.jsonl', '--contract', 'mine.yaml'],
      ]) {
        const { code, err } = await commandLine(args, { cwd: folder.dir })
        assert.equal(code, 65)
        assert.ok(err.includes(`mine.yaml:${place} `), err)
      }
      assert.throws(
        () => loadEnvironment('mine', folder.dir),
        (error: unknown) =>
          error instanceof EnvironmentError &&
          (error.problems[0] ?? '').startsWith(`lib/environments/mine.yaml:${place} `),
      )
    })

  it('knows the place of what an alias repeats', () => {
    const parsed = parseYamlText('a: &a { b: 1 }\nc: *a\n')
    assert.ok('value' in parsed)
    assert.deepEqual(parsed.value, { a: { b: 1 }, c: { b: 1 } })
    assert.deepEqual(parsed.placeOf(['c', 'b']), { line: 1, column: 12 })
    assert.deepEqual(parsed.placeOfKey(['c', 'b']), { line: 1, column: 9 })
  })

  it('is no folder, no device and no file that nobody wrote by hand', async () => {
    using folder = new Folder()
    mkdirSync(folder.path('folder.yaml'))
    folder.write('large.yaml', `a: 1\n${'#'.repeat(YAML_BYTES)}`)
    const said = async (path: string) => (await commandLine(['run', path, '--plan'], { cwd: folder.dir })).err
    assert.match(await said('./folder.yaml'), /folder\.yaml is a folder/)
    assert.match(await said('./large.yaml'), /large\.yaml has \d+ bytes; at most 1048576 are read/)
    assert.match(await said('/dev/zero'), /is a pipe or a device/)
    assert.throws(() => loadEnvironment('folder', folder.dir), EnvironmentError)
    assert.throws(() => loadEnvironment('large', folder.dir), EnvironmentError)
  })
})
