import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'mocha'
import type { Action, Hands } from '../../../chaos/actions/action.ts'
import { ACTIONS, actionOf } from '../../../chaos/actions/index.ts'
import { packageFile } from '../../../chaos/package-root.ts'

const camelCase = (kind: string): string => kind.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())

/** Hands that do what they are told to have done, and say what they were asked for. */
function hands(over: Partial<Hands> = {}): Hands & { readonly asked: string[] } {
  const asked: string[] = []
  let t = 0
  return {
    asked,
    now: () => (t += 1500),
    replay: async () => {
      asked.push('replay')
      return { ok: true, result: { complete: true } }
    },
    repair: async connector => {
      asked.push(`repair ${connector}`)
      return { ok: true, result: { published: 3 } }
    },
    governedReplay: async ({ scope, expiresInMs }) => {
      asked.push(`governed ${scope.topics.join(', ')} for ${expiresInMs} ms`)
      return { ok: true, result: { complete: true } }
    },
    moveRegion: async ({ move, withinMs, waves = 1, goAhead, between }) => {
      asked.push(`${move} within ${withinMs} ms a step, in ${waves} (${goAhead ?? 'nobody is asked'})`)
      if (between) asked.push(`watched ${Object.values(between).join(', ')}`)
      return { ok: true, result: { tookMs: {} } }
    },
    changeRelease: async ({ move, withinMs }) => {
      asked.push(`${move} within ${withinMs} ms a step`)
      return { ok: true, result: { tookMs: {} } }
    },
    command: async argv => {
      asked.push(argv.join(' '))
      return { exitCode: 0, outputTail: 'moved', why: null }
    },
    person: async (id, what) => {
      asked.push(`${id}: ${what}`)
      return true
    },
    ...over,
  }
}
const run = (kind: string, given: object, lent: Hands) => {
  const action = actionOf(kind)
  const { signal } = new AbortController()
  return action.run(action.spec.parse(given), { id: 'step-1', hands: lent, signal })
}

for (const [kind, action] of ACTIONS) {
  describe(`the action ${kind}, as a whole`, () => {
    it('has a file, a name and a registration that are all the same', async () => {
      assert.equal(action.kind, kind)
      const module = (await import(`../../../chaos/actions/${kind}.ts`)) as Record<string, Action>
      assert.equal(module[camelCase(kind)]?.kind, kind)
    })

    it('is in the documentation, with every key of its own', () => {
      const page = readFileSync(packageFile('docs', 'writing-a-drill.md'), 'utf8')
      const row = page.split('\n').find(line => line.startsWith(`| \`${kind}\` |`))
      assert.ok(row, 'docs/writing-a-drill.md has no row for it')
      for (const key of Object.keys(action.spec.shape))
        assert.ok(row.includes(`\`${key}\``), `the row lacks ${key}`)
    })
  })
}

describe('the registry of actions', () => {
  it('runs no other action in place of one that it does not know', () => {
    assert.throws(() => actionOf('restart'), /no action is called restart/)
  })
})

describe('a governed replay', () => {
  it('reads from the oldest offset to the end, for ten minutes, unless the drill says otherwise', async () => {
    const lent = hands()
    const given = { topics: ['telemetry'], reason: 'Rebuild the dashboards' }
    assert.equal((await run('governed-replay', given, lent)).ok, true)
    assert.deepEqual(lent.asked, ['governed telemetry for 600000 ms'])
    assert.equal(
      actionOf('governed-replay').describe(actionOf('governed-replay').spec.parse(given)),
      'governed replay of telemetry, all partitions, from the oldest offset to the end: Rebuild the dashboards',
    )
  })
})

describe('an operator step', () => {
  const what = 'Move the dashboards'

  it('runs the program, and says how it ended and how long it took', async () => {
    const lent = hands()
    const { ok, result } = await run('operator-step', { what, run: ['./move.sh', 'az-b'] }, lent)
    assert.deepEqual(lent.asked, ['./move.sh az-b'])
    assert.equal(ok, true)
    assert.deepEqual(result, {
      what,
      by: 'command',
      seconds: 1.5,
      exitCode: 0,
      outputTail: 'moved',
      why: null,
    })
  })

  it('has failed when its program has', async () => {
    const lent = hands({ command: async () => ({ exitCode: 3, outputTail: 'no route', why: null }) })
    assert.equal((await run('operator-step', { what, run: ['./move.sh'] }, lent)).ok, false)
  })

  it('asks a person where no program is named, and has failed when nobody says that it is done', async () => {
    const lent = hands()
    assert.equal((await run('operator-step', { what }, lent)).ok, true)
    assert.deepEqual(lent.asked, ['step-1: Move the dashboards'])
    const nobody = hands({ person: async () => false })
    assert.equal((await run('operator-step', { what }, nobody)).ok, false)
  })
})

describe('a move between regions', () => {
  it('gives each step a minute, and asks nobody, unless the drill says otherwise', async () => {
    const lent = hands()
    for (const kind of ['fail-over', 'fail-back', 'migrate', 'roll-back'])
      assert.equal((await run(kind, {}, lent)).ok, true)
    await run('migrate', { waves: 3, within: '2m', goAhead: 'Tell the teams' }, lent)
    assert.deepEqual(lent.asked, [
      'fail-over within 60000 ms a step, in 1 (nobody is asked)',
      'fail-back within 60000 ms a step, in 1 (nobody is asked)',
      'migrate within 60000 ms a step, in 2 (nobody is asked)',
      'roll-back within 60000 ms a step, in 1 (nobody is asked)',
      'migrate within 120000 ms a step, in 3 (Tell the teams)',
    ])
  })

  it('watches a wave for 5 s before the next, where the drill says that it does', async () => {
    const lent = hands()
    await run('migrate', { between: {} }, lent)
    assert.deepEqual(lent.asked.slice(1), ['watched 5000, 2000, 0, 1000'])
    await run('migrate', { between: { watch: '10s', lagAtMost: 5, goAhead: 'Look' } }, lent)
    assert.equal(lent.asked.at(-1), 'watched 10000, 2000, 0, 5, Look')
  })
})
