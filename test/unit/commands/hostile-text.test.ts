import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { asyncProperty, assert as holds, constantFrom, nat, record } from 'fast-check'
import { describe, it } from 'mocha'
import { packageFile } from '../../../chaos/package-root.ts'
import { Folder, forge, judgedRun, statementOf } from '../judge/sealed-run.ts'
import { commandLine, type Said, type Surroundings } from './command-line.ts'

/** Erases the line, says something else, hides what follows; a line of its own; C1; turned around. */
const FORGED = 'all is well and signed'
const HOSTILE = [
  `x\u001b[2K\r${FORGED}\u001b[8m`,
  `x\n${FORGED}`,
  `\u009b2K\u0085${FORGED}`,
  `\u202e${FORGED}\u2066`,
  `\u001b]0;${FORGED}\u0007\u001b[32m`,
]
const RAW = /[^\P{Cc}\n\t]|[\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u
/** Colours as this program paints them. */
const ESCAPE = '\u001b'
const OURS = new RegExp(`${ESCAPE}\\[(?:0|1|2|22|31|31;1|32|33|39)m`, 'g')

const ON_A_RUN: readonly (readonly string[])[] = [
  ['verify', '.'],
  ['verify', '.', '--json'],
  ['audit', '.'],
  ['score', '.'],
  ['score', '.', '--json'],
  ['cost', '.'],
  ['report', '.'],
  ['compare', '.', '--out', 'comparison'],
  ['seal', '.'],
]

describe('text that comes from a folder or a file', () => {
  it('forges nothing where a run has it everywhere', async function () {
    this.timeout(60_000)
    for (const args of ON_A_RUN) {
      using run = await judgedRun()
      for (const name of ['run.json', 'scorecard.json', 'measurements.json', 'audit.json', 'cost.json'])
        run.json(name, json => planted(json, HOSTILE.join(' '), key => !KEPT.has(key)))
      refuseForgery(args, await commandLine(args, { cwd: run.dir }))
      refuseForgery(args, await commandLine(args, { cwd: run.dir, columns: 80 }))
    }
  })

  it('forges nothing where one text of a run is hostile, whichever it is', async function () {
    this.timeout(120_000)
    using template = await judgedRun()
    const files = [
      'run.json',
      'journal.jsonl',
      'scorecard.json',
      'audit.json',
      'cost.json',
      'measurements.json',
    ]
    const lines = files.concat(readdirSync(template.path('history')).map(name => `history/${name}`))
    const anywhere = record({
      file: constantFrom(...lines),
      at: nat(),
      hostile: constantFrom(...HOSTILE),
      args: constantFrom(...ON_A_RUN),
      columns: constantFrom(undefined, 80),
    })
    const property = asyncProperty(anywhere, async ({ file, at, hostile, args, columns }) => {
      using run = await judgedRun()
      run.write(file, withHostileText(run.read(file), at, hostile))
      refuseForgery(
        args,
        await commandLine(args, { cwd: run.dir, ...(columns !== undefined && { columns }) }),
      )
    })
    await holds(property, { numRuns: 25, seed: 20261129 })
  })

  it('cannot write the headline of a verification through the name of its run', async () => {
    for (const hostile of HOSTILE) {
      using run = await judgedRun()
      await commandLine(['seal', '.'], { cwd: run.dir })
      const statement = await statementOf(run)
      const { predicate } = statement
      forge(run, { ...statement, predicate: { ...predicate, run: { ...predicate.run, id: hostile } } })
      const said = await commandLine(['verify', '.', '--quick'], { cwd: run.dir, columns: 80 })
      assert.equal(said.code, 77)
      assert.match(said.out, /expected a name of letters/)
      refuseForgery(['verify'], said)
    }
  })

  it('forges nothing in the names of files', async () => {
    for (const args of ON_A_RUN) {
      using run = await judgedRun()
      run.write(`history/x\u001b[2K\r${FORGED}.jsonl`, '{}')
      run.write(`history/x\n${FORGED}.jsonl`, '{}')
      refuseForgery(args, await commandLine(args, { cwd: run.dir }))
    }
  })

  it('forges nothing out of drills, contracts, histories, prices and workloads', async () => {
    using folder = new Folder()
    const contract = packageFile('contracts', 'fleet.yaml')
    for (const hostile of HOSTILE) {
      const text = JSON.stringify(hostile)
      const refused: Surroundings = { cwd: folder.dir }
      folder.write('bad.yaml', `${text}: ${text}\ndrill: ${text}\nfleet: ${text}\n`)
      folder.write('raw.yaml', `drill: ${hostile}\n  ${hostile}: [`)
      folder.write('bad.jsonl', `{"index":0,"process":0,"time":1,"type":${text},"f":${text},"value":null}\n`)
      folder.write('raw.jsonl', `${hostile}\n`)
      folder.write('bad.json', JSON.stringify({ format: hostile, [hostile]: 1, prices: [{ item: hostile }] }))
      const drill = `drill: titled\ntitle: ${text}\ncontract: ${JSON.stringify(contract)}\n`
      folder.write('titled.yaml', drill + REST_OF_A_DRILL)
      for (const args of [
        ['run', './bad.yaml', '--plan'],
        ['run', './raw.yaml', '--plan'],
        ['run', './titled.yaml', '--plan'],
        ['audit', '--history', 'bad.jsonl'],
        ['audit', '--history', 'raw.jsonl'],
        ['audit', '--history', 'raw.jsonl', '--contract', 'bad.yaml'],
        ['cost', '--workload', 'bad.yaml'],
        ['cost', '--prices', 'bad.json'],
        ['prices', 'list', '--prices', 'bad.json'],
        ['prices', 'list', '--prices', 'raw.jsonl'],
        ['verify', 'bad.json'],
        ['verify', '.', '--key', 'raw.yaml'],
        ['lab', 'status'],
      ])
        refuseForgery(args, await commandLine(args, refused))
    }
    const { code, out } = await commandLine(['run', './titled.yaml', '--plan'], { cwd: folder.dir })
    assert.equal(code, 0, out)
  })

  it('stays valid JSON where it is escaped', async () => {
    using run = await judgedRun()
    run.json('run.json', json => planted(json, HOSTILE[2] ?? '', key => key === 'title'))
    await commandLine(['score', '.'], { cwd: run.dir })
    const { out } = await commandLine(['score', '.', '--json'], { cwd: run.dir })
    assert.equal((JSON.parse(out) as { title: string }).title, HOSTILE[2])
  })

  it('leaves the colours of the program', async () => {
    using run = await judgedRun()
    const plain = await commandLine(['score', '.'], { cwd: run.dir })
    const painted = await commandLine(['score', '.'], { cwd: run.dir, columns: 80 })
    assert.ok(!plain.out.includes('\u001b'))
    assert.match(painted.out, OURS)
    assert.equal(painted.out.replaceAll(OURS, ''), plain.out)
  })
})

const REST_OF_A_DRILL = `fleet: { devices: 10 }
steadyState: [{ probe: under-replicated-partitions, equals: 0 }]
timeline: [{ at: 5s, fault: broker-kill, target: random, for: 5s }]
gates: [{ gate: acked-loss, atMost: 0 }]
`

/** What decides whether a file is understood at all; replaced, nothing else would be read. */
const KEPT = new Set([
  'verdict',
  'kind',
  'gate',
  'unit',
  'file',
  'run',
  'platform',
  'driver',
  'dataClass',
  'probe',
])

function refuseForgery(args: readonly string[], { out, err }: Said): void {
  for (const text of [out.replaceAll(OURS, ''), err.replaceAll(OURS, '')]) {
    assert.doesNotMatch(text, RAW, `${args.join(' ')}: ${JSON.stringify(text)}`)
    const line = text.split('\n').find(one => one.startsWith(FORGED))
    assert.equal(line, undefined, `${args.join(' ')}: ${text}`)
  }
}

function planted(value: unknown, hostile: string, isMeant: (key: string) => boolean, key = ''): unknown {
  if (typeof value === 'string') return isMeant(key) ? hostile : value
  if (Array.isArray(value)) return value.map(inner => planted(inner, hostile, isMeant, key))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, planted(inner, hostile, isMeant, name)]),
  )
}

/** One of the texts of a file of JSON, keys among them, becomes the hostile one. */
function withHostileText(content: string, at: number, hostile: string): string {
  const texts = [...content.matchAll(/"(?:[^"\\]|\\.)*"/g)]
  const { index, 0: text } = texts[at % texts.length] as RegExpExecArray
  return content.slice(0, index) + JSON.stringify(hostile) + content.slice(index + text.length)
}
