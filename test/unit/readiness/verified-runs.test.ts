import assert from 'node:assert/strict'
import { join } from 'node:path'
import { auditRun } from '../../../chaos/audit/audit-run.ts'
import type { Contract } from '../../../chaos/core/contract.ts'
import { loadContract } from '../../../chaos/drill/load-contract.ts'
import { type JudgedAgain, judgedAgain, rowsOfBoth } from '../../../chaos/readiness/judged-again.ts'
import { NewestRuns } from '../../../chaos/readiness/newest-runs.ts'
import { rowsOfNewestRun } from '../../../chaos/readiness/row-of-run.ts'
import { readScorecard, type Row, type Scorecard, writeScorecard } from '../../../chaos/record/scorecard.ts'
import { scoreRun } from '../../../chaos/score/score.ts'
import { RunFolders } from '../compare/run-folders.ts'

const REPLAY = 'oldest-offset-replay'

describe('a run that counts for a gate', function () {
  this.timeout(60_000)
  let folders: RunFolders
  let contract: Contract
  before(async () => {
    folders = await RunFolders.make()
    contract = await loadContract('contracts/fleet.yaml')
  })
  after(() => folders[Symbol.dispose]())

  let made = 0
  /** A run with an audit and a scorecard that its raw evidence gives, sealed after `change`. */
  async function judgedRun(change: (card: Scorecard) => void = () => {}) {
    const name = `runs-${++made}`
    const dir = folders.put(name, 'kafka', made, {
      header: header => void Object.assign(header.drill, { contract: structuredClone(contract) }),
      without: ['bundle.json'],
    })
    await auditRun(dir)
    await scoreRun(dir)
    const card = readScorecard(dir)
    assert.ok(card)
    change(card)
    writeScorecard(dir, card)
    folders.seal(dir)
    return { dir, folder: join(folders.root, name) }
  }
  const runsOf = (folder: string, judge?: (dir: string) => Promise<JudgedAgain>) =>
    new NewestRuns(folder, { platform: 'kafka', version: null }, contract, judge)
  const verdictIn = ({ rows }: { readonly rows: readonly Row[] }) =>
    rows.find(({ dimension }) => dimension === REPLAY)?.verdict
  /** This build derives another verdict of the replay, or no row of it. */
  function derives({ rows, ...rest }: Scorecard, verdict: 'inconclusive' | null): Scorecard {
    const others = rows.filter(({ dimension }) => dimension !== REPLAY)
    const own = rows.find(({ dimension }) => dimension === REPLAY)
    return { ...rest, rows: own && verdict ? [...others, { ...own, verdict }] : others }
  }

  it('verifies: its evidence gives what was sealed', async () => {
    const { dir, folder } = await judgedRun()
    const runs = runsOf(folder)
    const found = await runs.newestWith(REPLAY)
    assert.equal(found?.path, dir)
    assert.equal(verdictIn(found), 'pass')
    assert.deepEqual(runs.left, [])
  })

  it('was not sealed as better than its evidence: that is said, with where', async () => {
    const { dir, folder } = await judgedRun(card => {
      for (const one of card.rows) if (one.verdict === 'inconclusive') one.verdict = 'pass'
    })
    const runs = runsOf(folder)
    assert.equal(await runs.newestWith(REPLAY), null)
    const [left] = runs.left
    assert.equal(left?.path, dir)
    const words =
      /^it does not verify:\n {2}scorecard\.json \/rows\/\d+\/verdict is "pass"; the raw evidence gives "inconclusive"/
    assert.match(left?.why ?? '', words)
  })

  it('counts by what this build derives where another one sealed a row as passed, and says where that is', async () => {
    const { dir, folder } = await judgedRun()
    const again = await judgedAgain(dir)
    assert.ok('scorecard' in again)
    for (const verdict of ['inconclusive', null] as const) {
      const runs = runsOf(folder, async () => ({ scorecard: derives(again.scorecard, verdict) }))
      const inputs = { runs, platform: 'kafka', shownAs: (path: string) => path } as const
      const found = await rowsOfNewestRun(inputs, REPLAY, [], { next: { drill: 'first' } })
      const proof = found.proof.find(({ selector }) => selector.includes(REPLAY))
      assert.deepEqual(proof, {
        file: dir,
        selector: `derived again by aftershock verify: ${REPLAY}`,
        value: 'inconclusive',
      })
    }
  })

  it('is not passed by this build where another one sealed it as open, or had no such row and this one is open', async () => {
    const { dir } = await judgedRun()
    const card = readScorecard(dir)
    assert.ok(card)
    const open = derives(card, 'inconclusive')
    assert.equal(verdictIn({ rows: rowsOfBoth(open, card) }), 'inconclusive')
    assert.equal(verdictIn({ rows: rowsOfBoth(derives(card, null), open) }), 'inconclusive')
    assert.equal(verdictIn({ rows: rowsOfBoth(card, card) }), 'pass')
  })
})
