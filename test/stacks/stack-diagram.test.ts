import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, it } from 'mocha'
import { packageFile } from '../../chaos/package-root.ts'
import { stackDiagram } from '../../lib/stack-diagram.ts'
import { shipped } from './synthesized.ts'

const PAGE = packageFile('docs', 'aws.md')
const DRAWN = ['kafka', 'automq'] as const

describe('the diagram of the stacks', function () {
  this.timeout(60_000)

  for (const name of DRAWN)
    it(`in docs/aws.md is what the code makes (${name}); UPDATE_SNAPSHOTS=1 draws it again`, () => {
      const drawn = block(name, stackDiagram(shipped(name).app.synth().directory))
      const page = readFileSync(PAGE, 'utf8')
      const place = new RegExp(`<!-- stacks of ${name} -->\n[^]*?<!-- end -->`)
      assert.match(page, place)
      const updated = page.replace(place, () => drawn)
      if (process.env.UPDATE_SNAPSHOTS === '1') writeFileSync(PAGE, updated)
      else assert.equal(updated, page)
    })

  it('has an arrow for each stack that needs another', () => {
    const diagram = stackDiagram(shipped('kafka').app.synth().directory)
    assert.match(diagram, /AftershockkafkaCluster --> AftershockkafkaNetwork/)
    assert.match(diagram, /AftershockkafkaSimulator --> AftershockEvidence/)
  })
})

function block(name: string, diagram: string): string {
  return `<!-- stacks of ${name} -->\n\n\`\`\`mermaid\n${diagram}\`\`\`\n\n<!-- end -->`
}
