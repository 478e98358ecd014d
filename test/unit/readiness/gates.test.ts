import assert from 'node:assert/strict'
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LINES } from '../../../chaos/compatibility/lines/index.ts'
import type { Contract } from '../../../chaos/core/contract.ts'
import { loadInputs } from '../../../chaos/cost/write-cost.ts'
import { budgetItems } from '../../../chaos/readiness/cost-gate.ts'
import { GATES } from '../../../chaos/readiness/judge-readiness.ts'
import { worst } from '../../../chaos/readiness/readiness-gate.ts'
import { readinessWords } from '../../../chaos/readiness/readiness-words.ts'
import { billFor } from '../../../chaos/cost/model/bill.ts'
import { readRunHeader } from '../../../chaos/record/run-header.ts'
import type { Change } from '../compare/run-folders.ts'
import { type AskedOf, gateOf, GateRuns, rowIs } from './gate-runs.ts'

describe('the six gates', function () {
  this.timeout(60_000)
  let place: GateRuns
  let contract: Contract
  before(async () => {
    place = await GateRuns.make()
    ;({ contract } = place)
  })
  after(() => place[Symbol.dispose]())
  afterEach(() => place.clear())

  const put = (change: Change = {}) => place.put(change)
  const judge = (about: AskedOf = {}) => place.judge(about)

  it('are six, and without runs and a budget none of them passes', async () => {
    const report = await judge()
    assert.deepEqual(
      report.gates.map(({ gate, verdict }) => [gate, verdict]),
      [
        ['compatibility', 'not-run'],
        ['replay', 'not-run'],
        ['retention', 'not-run'],
        ['cost', 'inconclusive'],
        ['governance', 'not-run'],
        ['migration', 'not-run'],
      ],
    )
    assert.equal(report.verdict, 'not-run')
    assert.equal(GATES.length, 6)
    assert.equal(gateOf(report, 'replay').next, 'aftershock run first --platform kafka')
    assert.equal(gateOf(report, 'governance').next, 'aftershock run governed-replay --platform kafka')
    assert.deepEqual(
      report.retention.map(({ dataClass, neededHours }) => [dataClass, neededHours]),
      Object.values(contract.topics).map(({ dataClass, replayWindow }) => [
        dataClass,
        replayWindow / 3_600_000,
      ]),
    )
  })

  describe('the gate of compatibility', () => {
    const line = (name: string, verdict: 'pass' | 'fail' | 'not-run') => ({
      line: name,
      asks: 'It holds',
      neededBy: 'everybody',
      needed: 2,
      verdict,
      clients: { kafkajs: { verdict, shown: 'what was seen' }, java: { verdict, shown: 'what was seen' } },
    })
    const all = (change: Readonly<Record<string, 'fail' | 'not-run'>> = {}) =>
      LINES.map(({ line: name }) => line(name, change[name] ?? 'pass'))
    function tried(name: string, change: object): void {
      const dir = join(place.runs, name)
      mkdirSync(dir, { recursive: true })
      const software = { name: 'Apache Kafka 4.3.1', version: '4.3.1', kind: 'product', notes: [] }
      const whole = {
        format: 1,
        at: '2026-11-30T10:00:00.000Z',
        platform: 'kafka',
        software,
        where: 'lab',
        clients: {},
        lines: all(),
        verdict: 'pass',
        ...change,
      }
      writeFileSync(join(dir, 'compatibility.json'), JSON.stringify(whole))
    }
    const verdict = async (version?: string) =>
      gateOf(await judge(version === undefined ? {} : { version }), 'compatibility').verdict

    it('takes the newest try of the platform, with its date, and what of it did not hold', async () => {
      tried('old', { lines: all({ headers: 'fail' }), at: '2026-11-29T10:00:00.000Z' })
      tried('new', {})
      assert.equal(await verdict(), 'pass')
      tried('newer', { lines: all({ quotas: 'fail', logins: 'not-run' }), at: '2026-12-01T10:00:00.000Z' })
      const found = gateOf(await judge(), 'compatibility')
      assert.equal(found.verdict, 'fail')
      assert.match(found.shown, /of 2026-12-01: \d+ of \d+ lines hold; quotas does not; not run: logins/)
      assert.equal(found.date, '2026-12-01T10:00:00.000Z')
      assert.deepEqual(
        found.proof.map(({ value }) => value),
        ['fail', 'not-run'],
      )
      assert.equal(found.next, 'aftershock compatibility --platform kafka')
    })

    it('is open while a line is, whatever the file says of itself', async () => {
      tried('open', { lines: all({ transactions: 'not-run' }), verdict: 'pass' })
      assert.equal(await verdict(), 'inconclusive')
    })

    it('takes no part of the lines, no stand-in, no other platform or version, and nothing torn', async () => {
      tried('part', { lines: [line('headers', 'pass')] })
      tried('stand-in', { software: { name: 'x', kind: 'stand-in', notes: [] } })
      tried('other', { platform: 'automq' })
      mkdirSync(join(place.runs, 'torn'), { recursive: true })
      writeFileSync(join(place.runs, 'torn', 'compatibility.json'), '{')
      const report = await judge()
      assert.equal(gateOf(report, 'compatibility').verdict, 'not-run')
      const left = report.left.map(({ run }) => run.split('/').at(-1))
      assert.deepEqual(new Set(left), new Set(['part', 'stand-in', 'torn']))
      tried('whole', {})
      assert.equal(await verdict(), 'pass')
      assert.equal(await verdict('9.9.9'), 'not-run')
    })
  })

  it('take the newest run that judged the row, with its proof, date and owner', async () => {
    put({ scorecard: rowIs('oldest-offset-replay', 'fail') })
    const newest = put({ scorecard: rowIs('oldest-offset-replay', 'pass') })
    put({ scorecard: rowIs('oldest-offset-replay', 'not-exercised') })
    const { verdict, proof, date, owner } = gateOf(await judge(), 'replay')
    const header = readRunHeader(newest)
    assert.equal(date, new Date(header.startedAtWallMs).toISOString())
    assert.equal(verdict, 'pass')
    assert.ok(owner)
    const [first] = proof
    const card = JSON.parse(readFileSync(join(place.folders.root, first?.file ?? ''), 'utf8'))
    const [, rows, index, key] = first?.selector.split('/') ?? []
    assert.equal(card[rows as string][Number(index)][key as string], first?.value)
  })

  it('fail where the newest run fails, though an older one passed', async () => {
    put({ scorecard: rowIs('oldest-offset-replay', 'pass') })
    put({ scorecard: rowIs('oldest-offset-replay', 'fail') })
    assert.equal(gateOf(await judge(), 'replay').verdict, 'fail')
  })

  for (const ground of ['fault-proof', 'audit', 'evidence'])
    it(`do not pass a replay whose run has an open row of ${ground}`, async () => {
      put({
        scorecard: card => {
          rowIs('oldest-offset-replay', 'pass')(card)
          rowIs(ground, 'inconclusive')(card)
        },
      })
      assert.equal(gateOf(await judge(), 'replay').verdict, 'inconclusive')
    })

  it('leave out what is not sealed, is not what was sealed, ran elsewhere or under another contract', async () => {
    put({ without: ['bundle.json'] })
    const altered = put()
    appendFileSync(join(altered, 'journal.jsonl'), '\n')
    put({ header: header => void (header.platform = 'kafka-tiered') })
    put({
      header: header => {
        for (const terms of Object.values(header.drill.contract.topics)) terms.replicas = 2
      },
    })
    const report = await judge()
    assert.equal(gateOf(report, 'replay').verdict, 'not-run')
    assert.equal(report.left.length, 2)
    assert.match(report.left[0]?.why ?? '', /is not what was sealed/)
    assert.equal(report.left[1]?.why, 'it is not sealed')
  })

  it('count only runs of the version that was asked for', async () => {
    put({ scorecard: rowIs('oldest-offset-replay', 'pass') })
    assert.equal(gateOf(await judge({ version: '9.9.9' }), 'replay').verdict, 'not-run')
    assert.equal(gateOf(await judge(), 'replay').verdict, 'pass')
  })

  it('hold each limit of a budget against the bill, to the cent', async () => {
    const { loaded, prices } = await loadInputs()
    const bill = billFor('kafka', loaded.workload, prices)
    const limits = {
      usdPerMonth: bill.totalUsdPerMonth,
      usdPerReplay: bill.usdPerReplay,
      usdPerBrokerLoss: bill.usdPerBrokerLoss,
    }
    const lineOf: Readonly<Record<string, RegExp>> = {
      usdPerMonth: /^its largest line is \S+, \$[\d,]+ a month: /,
      usdPerReplay: /^a replay costs \$[\d.,]+ by the line replays: replays a month × /,
      usdPerBrokerLoss: /^a lost broker costs \$[\d.,]+ by the line broker-losses: brokers lost a year /,
    }
    const yaml = (budget: object) => `budget: ${JSON.stringify(budget)}`
    assert.equal(gateOf(await judge({ budget: yaml(limits) }), 'cost').verdict, 'pass')
    for (const [key, limit] of Object.entries(limits)) {
      const { verdict, shown, next } = gateOf(
        await judge({ budget: yaml({ ...limits, [key]: limit * 0.999 }) }),
        'cost',
      )
      assert.equal(verdict, 'fail', key)
      assert.match(next ?? '', lineOf[key] ?? /none/)
      assert.equal(shown.split(';').length, 1, shown)
    }
    // A cent over a budget of thousands must not read like one that holds.
    const justOver = { usdPerMonth: bill.totalUsdPerMonth - 0.01 }
    const { shown } = gateOf(await judge({ budget: yaml(justOver) }), 'cost')
    const [, cost = '', most = ''] = /costs \$([\d,.]+) \(at most \$([\d,.]+)\)/.exec(shown) ?? []
    const amount = (text: string) => Number(text.replaceAll(',', ''))
    assert.ok(amount(cost) > amount(most), shown)
    assert.equal(budgetItems(bill, { usdPerReplay: 1 }).length, 1)
  })

  it('name the largest line of a month that is too dear, and whose budget it is', async () => {
    const { next, owner } = gateOf(
      await judge({ budget: 'budget: { usdPerMonth: 1, owner: finance }' }),
      'cost',
    )
    const { loaded, prices } = await loadInputs()
    const [most] = billFor('kafka', loaded.workload, prices).lines.toSorted(
      (a, b) => b.usdPerMonth - a.usdPerMonth,
    )
    assert.ok(next?.includes(String(most?.line)), String(next))
    assert.equal(owner, 'finance')
  })

  it('fail a workload that is billed for less than a contract promises', async () => {
    put()
    const [name = '', terms] = Object.entries(contract.topics)[0] ?? []
    assert.ok(terms)
    const day = 86_400_000
    const longer = { ...contract, topics: { ...contract.topics, [name]: { ...terms, retention: 400 * day } } }
    const { verdict, shown } = gateOf(await judge({ contract: longer }), 'retention')
    assert.equal(verdict, 'fail')
    assert.ok(shown.startsWith(`${name} is promised for 400d`), shown)
  })

  it('fail governance where nobody is named, whatever a run says', async () => {
    put({ scorecard: rowIs('governance', 'pass') })
    const [name = '', terms] = Object.entries(contract.topics)[0] ?? []
    assert.ok(terms)
    const nobody = { ...contract, topics: { ...contract.topics, [name]: { ...terms, owner: 'TODO' } } }
    assert.equal(gateOf(await judge({ contract: nobody }), 'governance').verdict, 'fail')
  })

  it('have as their verdict the worst of theirs, where what was not run is worse than what is open', () => {
    assert.equal(worst(['pass', 'inconclusive', 'not-run', 'fail']), 'fail')
    assert.equal(worst(['pass', 'inconclusive', 'not-run']), 'not-run')
    assert.equal(worst(['pass', 'inconclusive']), 'inconclusive')
    assert.equal(worst(['pass']), 'pass')
  })

  it('read well at 80 columns', async () => {
    put({ scorecard: rowIs('oldest-offset-replay', 'pass') })
    const text = readinessWords(await judge({ budget: 'budget: { usdPerMonth: 1 }' }), 80)
    const tooLong = text.split('\n').filter(line => line.length > 80 && !line.includes('proof:'))
    assert.deepEqual(tooLong, [])
    assert.match(text, /^FAIL: 2 of 6 gates pass for kafka, contract fleet, workload fleet/)
    assert.match(text, /✗ cost +fail/)
    assert.match(text, /telemetry +168 h/)
  })
})
