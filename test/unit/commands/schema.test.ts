import assert from 'node:assert/strict'
import { Command, CommanderError } from 'commander'
import type { Io } from '../../../chaos/commands/io.ts'
import { register } from '../../../chaos/commands/schema.ts'
import { exampleOf, type JsonSchema } from '../../../chaos/drill/json-schema.ts'
import { DRILL_SCHEMA } from '../../../chaos/drill/load-drill.ts'
import { FAULTS } from '../../../chaos/faults/index.ts'

async function schemaOf(kind: string): Promise<JsonSchema & { readonly title: string }> {
  let text = ''
  const sink = { write: (more: string) => (text += more) }
  const io: Io = { stdout: sink, stderr: sink, env: {}, cwd: '/', isTerminal: false }
  const program = new Command().exitOverride().configureOutput({ writeErr: () => {} })
  register(program, io)
  await program.parseAsync(['schema', kind], { from: 'user' })
  return JSON.parse(text) as JsonSchema & { readonly title: string }
}

describe('`aftershock schema`', () => {
  it('prints draft 2020-12 for drills, contracts and histories', async () => {
    for (const kind of ['drill', 'contract', 'history']) {
      const schema = await schemaOf(kind)
      assert.equal(schema.$schema, 'https://json-schema.org/draft/2020-12/schema')
      assert.notEqual(schema.title, '')
    }
  })

  it('shows durations as authors write them', async () => {
    const settle = (await schemaOf('drill')).properties?.['settle'] as JsonSchema & { pattern?: string }
    assert.equal(settle.type, 'string')
    assert.match('1.5s', new RegExp(settle.pattern ?? ''))
    assert.doesNotMatch('15', new RegExp(settle.pattern ?? ''))
    assert.equal(settle.default, '10s')
  })

  it('has an entry for every fault, whose examples are right', async () => {
    const { properties } = await schemaOf('drill')
    const [faults] = properties?.['timeline']?.items?.anyOf ?? []
    const kinds = faults?.oneOf?.map(entry => entry.properties?.['fault']?.const)
    assert.deepEqual(kinds, [...FAULTS.keys()])
    for (const entry of faults?.oneOf ?? []) {
      const result = DRILL_SCHEMA.shape.timeline.safeParse([exampleOf(entry)])
      assert.ok(result.success, `${JSON.stringify(exampleOf(entry))}: ${result.error?.message}`)
    }
  })

  it('has an example of every other part that is right', async () => {
    const { properties } = await schemaOf('drill')
    for (const [key, schema] of Object.entries(DRILL_SCHEMA.shape)) {
      const example = exampleOf(properties?.[key] as JsonSchema)
      assert.ok(schema.safeParse(example).success, `${key}: ${JSON.stringify(example)}`)
    }
  })

  it('refuses a kind of file that it does not know', async () => {
    await assert.rejects(schemaOf('report'), (error: unknown) => error instanceof CommanderError)
  })
})
