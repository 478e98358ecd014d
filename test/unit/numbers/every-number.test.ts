import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { COLUMNS, questionsOf } from '../../../chaos/compare/questions.ts'
import { UNITS, nameWithoutUnit } from '../../../chaos/core/quantity.ts'
import { GATES, gateOf, NUMBERS } from '../../../chaos/numbers/index.ts'
import { packageFile } from '../../../chaos/package-root.ts'
import { DIMENSIONS } from '../../../chaos/score/dimensions.ts'
import type { HeaderFile } from '../../../chaos/record/run-header.ts'

const DOCS = readFileSync(packageFile('docs', 'writing-a-drill.md'), 'utf8').split('\n')

/** One fault, cut from a zone, and one replay: every number of the catalogue has a column. */
const DRILL = {
  timeline: [
    { id: 'cut', role: 'fault', kind: 'zone-cut' },
    { id: 'read', role: 'action', kind: 'replay' },
  ],
  gates: [],
} as unknown as HeaderFile['drill']
const questions = questionsOf(DRILL, [])

for (const [name, entry] of COLUMNS) {
  describe(`the number ${name}`, () => {
    it('says what it is, in which unit, for which dimension, and which way is better', () => {
      assert.match(entry.what, /^\S.*[^.]$/)
      assert.ok(UNITS.includes(entry.unit))
      assert.ok(['less', 'more', 'neither'].includes(entry.better))
      assert.ok([...Object.keys(DIMENSIONS), 'fault', 'resources'].includes(entry.dimension))
    })

    it('carries the unit in its name where a limit is written without one', () => {
      if (entry.noGate === undefined && (entry.unit === 's' || entry.unit === 'ms'))
        assert.notEqual(nameWithoutUnit(name, entry.unit), name)
    })

    it('can be a gate of a drill, and is explained there; or says why it cannot', () => {
      const row = DOCS.find(line => line.startsWith(`| \`${name}\` |`))
      if (entry.noGate !== undefined) {
        assert.match(entry.noGate, /\w/)
        assert.equal(row, undefined)
      } else assert.ok(row, `docs/writing-a-drill.md has no row for ${name}`)
    })

    it('is one column of a comparison', () => {
      const column = entry.column ?? nameWithoutUnit(name, entry.unit)
      const own = questions.filter(({ measure }) => measure === column)
      assert.deepEqual(
        own.map(({ subject, unit, better, label }) => ({ subject, unit, better, label })),
        [
          {
            subject: { run: null, fault: 'cut', replay: 'read' }[entry.of],
            unit: entry.unit,
            better: entry.better,
            label: entry.what,
          },
        ],
      )
    })
  })
}

describe('the catalogue of numbers', () => {
  it('has no gate that a comparison lacks', () => {
    assert.deepEqual(
      [...GATES.keys()].filter(name => !COLUMNS.has(name)),
      [],
    )
    assert.ok(questions.some(({ measure }) => measure === 'commit-ahead'))
  })

  it('has every name once, though it stands in several files', () => {
    assert.equal(COLUMNS.size, questions.length)
    assert.ok(NUMBERS.size < COLUMNS.size)
  })

  it('refuses a gate of another version by its name', () => {
    assert.throws(() => gateOf('bytes-lost-by-magic'), {
      code: 'input',
      message: /no gate 'bytes-lost-by-magic'/,
    })
  })
})

describe('the page about adding a gate', () => {
  const textOf = (...path: string[]): string => readFileSync(packageFile(...path), 'utf8')

  it('shows an entry and its case as they are', () => {
    const page = textOf('docs', 'adding-a-gate.md')
    const blocks = [...page.matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => code)
    const [entry = '-', planted = '-'] = blocks
    assert.ok(textOf('chaos', 'numbers', 'recovery.ts').includes(entry))
    assert.ok(textOf('test', 'unit', 'score', 'gates.test.ts').includes(planted))
  })
})
