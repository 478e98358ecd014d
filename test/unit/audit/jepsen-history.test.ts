import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'mocha'
import { auditHistory } from '../../../chaos/audit/audit-history.ts'
import { type Edn, ednForms } from '../../../chaos/audit/edn.ts'
import { fromJepsen, jepsenLine } from '../../../chaos/audit/jepsen-history.ts'
import { AftershockError } from '../../../chaos/core/errors.ts'
import { packageFile } from '../../../chaos/package-root.ts'

const source = (text: string, name = 'history.edn', pieceBytes = 17) => ({
  name,
  async *chunks() {
    const bytes = Buffer.from(text)
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
  },
})
const audit = (text: string) => auditHistory(fromJepsen(source(text)))
const read = (text: string): Edn[] => [...ednForms(text)]

/** As jepsen.tests.kafka keeps it: integers, ops with a tag, a nemesis, lists, errors beside the value. */
const JEPSEN = `#jepsen.history.Op{:index 0, :time 100, :type :invoke, :process 0, :f :send, :value [[:send 5 1]]}
#jepsen.history.Op{:index 1, :time 200, :type :ok, :process 0, :f :send, :value [[:send 5 [0 1]]]}
{:index 2, :time 210, :type :info, :process :nemesis, :f :kill, :value {"n1" :killed}}
{:index 3, :time 300, :type :invoke, :process 1, :f :send, :value ([:send 5 2])}
{:index 4, :time 400, :type :info, :process 1, :f :send, :value ([:send 5 2]), :error [:definite? false]}
{:index 5, :time 500, :type :invoke, :process 2, :f :poll, :value [[:poll]]}
{:index 6, :time 600, :type :ok, :process 2, :f :poll, :value [[:poll {5 [[0 1] [1 2]]}]]}
`

describe('a history that Jepsen kept', () => {
  it('is audited as it is', async () => {
    const { verdict, counts } = await audit(JEPSEN)
    assert.equal(verdict, 'pass')
    assert.deepEqual([counts.sends, counts.acked, counts.polled], [2, 1, 2])
  })

  it('is the same as one vector, with comments, and over several lines', async () => {
    const whole = await audit(JEPSEN)
    const vector = `; a comment\n[${JEPSEN.trimEnd().replaceAll(', :f', ',\n :f')}]\n`
    assert.deepEqual((await audit(vector)).counts, whole.counts)
  })

  it('shows where a loss stands, by the line of the file that people have', async () => {
    const lost = JEPSEN.replace('[[0 1] [1 2]]', '[[1 2]]')
    const { verdict, anomalies } = await audit(lost)
    assert.equal(verdict, 'fail')
    assert.match(JSON.stringify(anomalies['lost-write']), /"file":"history\.edn","line":2,/)
  })

  for (const [what, text, message] of [
    [
      'it ends within an operation',
      JEPSEN.slice(0, -20),
      /^history\.edn:7: the file ends within an operation$/,
    ],
    [
      'a map has a key without a value',
      '{:type}\n',
      /^history\.edn:1: not EDN: a map has a key without a value$/,
    ],
    ['an operation is unknown', '{:process 0, :type :ok, :f :write, :value 1}\n', /^history\.edn:1: f: /],
    [
      'two operations share a line',
      '{:process 0} {:process 1}\n',
      /^history\.edn:1: 2 operations on one line$/,
    ],
  ] as const)
    it(`names the line when ${what}`, async () => {
      await assert.rejects(audit(text), (error: unknown) => {
        assert.ok(error instanceof AftershockError)
        assert.equal(error.code, 'input')
        assert.match(error.message, message)
        return true
      })
    })

  const folder = packageFile('test', 'fixtures', 'histories')
  for (const file of readdirSync(folder).filter(name => name.endsWith('.jsonl')))
    it(`says of ${file} what it says of it in the open format`, async () => {
      const text = readFileSync(join(folder, file), 'utf8')
      const lines = text
        .split('\n')
        .map(line => (line.trim() === '' ? '' : jepsenLine(JSON.parse(line) as Record<string, Edn>)))
      const open = await auditHistory(source(text, 'h'))
      const converted = await auditHistory(fromJepsen(source(lines.join('\n'), 'h')))
      assert.deepEqual(converted, open)
    })
})

describe('EDN', () => {
  it('is read in all its forms', () => {
    assert.deepEqual(
      read(
        '{:a/b -1, "k" 2.5 nil true} #{1 2} (x \\a \\newline) #inst "2020" #_{:no 1} [] 7N 1e3 "\\u0041\\n"',
      ),
      [{ 'a/b': -1, k: 2.5, null: true }, [1, 2], ['x', 'a', '\n'], '2020', [], 7, 1000, 'A\n'],
    )
  })

  it('refuses what it cannot keep whole', () => {
    for (const text of ['99999999999999999999', '1/2', ']', `${'['.repeat(300)}${']'.repeat(300)}`])
      assert.throws(() => read(text), AftershockError, text)
  })

  it('takes no key for more than a key', () => {
    const [map] = read('{:__proto__ 1}')
    assert.ok(Object.hasOwn(map as object, '__proto__'))
  })
})
