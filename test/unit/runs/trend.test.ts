import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'mocha'
import type { Scorecard } from '../../../chaos/record/scorecard.ts'
import { type JudgedKeptRun, type TrendMeasure, trendsOf } from '../../../chaos/runs/trend.ts'
import { sparkline, trendWords } from '../../../chaos/runs/trend-words.ts'
import { assertText } from '../../inline-text.ts'
import { commandLine } from '../commands/command-line.ts'
import { RunFolders } from '../compare/run-folders.ts'

const GATE = 'sustained-recovery-seconds'

interface Changed {
  readonly version?: string
  readonly platform?: string
  readonly drill?: string
}

/** A run of the n-th day whose one gate has this value. */
function run(
  day: number,
  value: number | null,
  { version = '1.0.0', platform = 'kafka@4.3.1', drill = 'cut' }: Changed = {},
): JudgedKeptRun {
  const verdict = value === null ? 'inconclusive' : value > 30 ? 'fail' : 'pass'
  const check = {
    check: GATE,
    subject: 'cut',
    what: 'until service was good and stayed so',
    expected: 'at most 30 s',
    limit: { is: 'atMost' as const, value: 30 },
    value,
    shown: String(value),
    unit: 's',
    verdict,
    why: null,
    proof: [],
  } as const
  const scorecard = { rows: [{ checks: [check] }] } as unknown as Scorecard
  const kept: JudgedKeptRun['kept'] = {
    path: `/runs/${day}`,
    run: `run-${day}`,
    drill,
    title: 'A zone is cut off',
    platform,
    startedAt: `2026-11-${String(day).padStart(2, '0')}T10:00:00.000Z`,
    seed: '1',
    version,
    verdict,
    isSealed: true,
  }
  return { kept, scorecard }
}

function measureOf(runs: readonly JudgedKeptRun[]): TrendMeasure {
  const [trend] = trendsOf(runs)
  const [measure] = trend?.measures ?? []
  assert.ok(measure)
  return measure
}

describe('a trend', () => {
  const four = [10, 11, 12, 13].map((value, i) => run(i + 1, value))
  const newer = (values: readonly number[]) =>
    values.map((value, i) => run(i + 11, value, { version: '1.1.0' }))

  it('is worse or better than the version before, where repeats of each are apart', () => {
    assert.deepEqual(measureOf([...four, ...newer([20, 21, 22, 23])]).latest, {
      is: 'worse',
      p: 2 / 70,
      since: 'kafka@4.3.1, aftershock 1.0.0',
    })
    assert.equal(measureOf([...four, ...newer([2, 3, 4, 5])]).latest.is, 'better')
  })

  it('is noise, where repeats differ as much', () => {
    assert.equal(measureOf([...four, ...newer([9, 12.5, 11.5, 14])]).latest.is, 'within-noise')
  })

  it('says that runs are too few, and for one version how far they differ', () => {
    assert.equal(measureOf([...four, ...newer([90])]).latest.is, 'too-few')
    assert.deepEqual(measureOf([run(1, 4), run(2, 5)]).latest, { is: 'too-few', since: null })
    assert.deepEqual(measureOf(four).latest, {
      is: 'one-version',
      low: 10,
      high: 13,
      confidence: 0.875,
    })
  })

  it('takes a run without a value for none, and does not bridge it', () => {
    const measure = measureOf([run(1, 4), run(2, null), run(3, 6)])
    assert.deepEqual(measure.values, [4, null, 6])
    assert.deepEqual(measure.latest, { is: 'too-few', since: null })
    assert.equal(sparkline(measure.values), '▁ █')
  })

  it('is one for each drill on each platform, whatever the order in which they are read', () => {
    const mixed = [
      run(3, 1),
      run(1, 2),
      run(2, 3, { platform: 'automq@1.7.3' }),
      run(4, 5, { drill: 'kill' }),
    ]
    assert.deepEqual(
      trendsOf(mixed).map(({ drill, platform, runs }) => [drill, platform, runs.map(one => one.run)]),
      [
        ['kill', 'kafka', ['run-4']],
        ['cut', 'kafka', ['run-1', 'run-3']],
        ['cut', 'automq', ['run-2']],
      ],
    )
  })

  it('reads like this', () => {
    assertText(
      trendWords(trendsOf([...four, ...newer([20, 21, 42, 23])])),
      `
      cut on kafka: 8 runs, 2026-11-01 to 2026-11-14  ✓✓✓✓✓✓✕✓
                                   oldest  newest            the newest version against the one before
        sustained-recovery of cut  10 s    23 s    ▁▁▁▂▃▃█▄  worse than kafka@4.3.1, aftershock 1.0.0 (p 0.029)

      `,
    )
  })

  describe('of a folder', () => {
    let folders: RunFolders
    before(async () => {
      folders = await RunFolders.make()
    })
    after(() => folders[Symbol.dispose]())

    it('is a page and a text; runs that were altered or never judged are left out, and named', async () => {
      folders.put('all', 'kafka', 1)
      folders.put('all', 'kafka', 2)
      folders.put('all', 'kafka', 3, { without: ['scorecard.json', 'bundle.json'] })
      const altered = folders.put('all', 'kafka', 4)
      writeFileSync(join(altered, 'samples', 'fleet.jsonl'), '')
      const folder = join(folders.root, 'all')
      const said = await commandLine(['trend', folder], { cwd: folder })
      assert.equal(said.code, 0, said.err)
      assert.match(said.out, /^first on kafka: 2 runs, /m)
      assert.match(said.err, /left out kafka\/3: it was not judged/)
      assert.match(said.err, /left out kafka\/4: .* is sealed, and is not what was sealed/)
      const page = readFileSync(join(folder, 'trend.html'), 'utf8')
      assert.match(page, /<h2 id="trend-0-h">first on kafka<\/h2>/)
      assert.match(page, /Runs that were left out/)
      const [, csv = ''] =
        /href="data:text\/csv;charset=utf-8,([^"]*)" download="first-kafka-sustained-recovery-of-[\w.-]+\.csv"/.exec(
          page,
        ) ?? []
      const [head, ...rows] = decodeURIComponent(csv).trimEnd().split('\n')
      assert.equal(head, '"run","begun","platform","program","sustained-recovery-seconds (s)"')
      assert.equal(rows.length, 2)
      assert.match(rows[0] ?? '', /^"kafka-1","2026-[^"]+","kafka@4\.3\.1","0\.1\.0",[\d.]+$/)
      assert.ok(existsSync(join(folder, 'kafka', '1')))
    })

    it('is none, where there is no judged run', async () => {
      mkdirSync(join(folders.root, 'empty'))
      const said = await commandLine(['trend', join(folders.root, 'empty')])
      assert.equal(said.code, 65)
      assert.match(said.err, /there is no judged run in /)
    })
  })
})
