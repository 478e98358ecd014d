import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { loadDrill } from '../../../chaos/drill/load-drill.ts'
import { packageFile } from '../../../chaos/package-root.ts'

const page = readFileSync(packageFile('docs', 'incidents.md'), 'utf8')
const INCIDENTS = [...page.matchAll(/^\| \[([a-z-]+)\]\(\.\.\/drills\/\1\.yaml\)/gm)].map(
  ([, name]) => name ?? '',
)

describe('drills named after what happened to people', () => {
  it('are in the library, one for each', () => assert.equal(INCIDENTS.length, 8))

  for (const name of INCIDENTS)
    it(`${name} says what happened, where that can be read, and what a good platform does, and judges it`, async () => {
      const [story = ''] = readFileSync(packageFile('drills', `${name}.yaml`), 'utf8').split(/^drill:/m)
      assert.match(story, /^# What happened: /)
      assert.match(story, /^#\n# A good platform /m)
      const sources = story.match(/https:\/\/[^\s)]+/g) ?? []
      assert.ok(sources.length > 0)
      const row = page.split('\n').find(line => line.startsWith(`| [${name}]`)) ?? ''
      for (const source of sources) assert.ok(row.includes(source.replace(/[:.,]$/, '')), `${source}: ${row}`)
      const { drill } = await loadDrill(name)
      assert.ok(drill.gates.some(gate => gate.reportOnly !== true))
    })
})
