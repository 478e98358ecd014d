import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { exitStatusOf } from '../../chaos/cli.ts'
import * as gamedayCommand from '../../chaos/commands/gameday.ts'
import type { GamedayParts, ReadyDrill } from '../../chaos/commands/gameday.ts'
import type { Io } from '../../chaos/commands/io.ts'
import { AftershockError } from '../../chaos/core/errors.ts'
import { EXIT } from '../../chaos/core/exit-codes.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { loadPrices } from '../../chaos/cost/prices.ts'
import {
  askedOf,
  type CdkEnds,
  NO_LACKS,
  NO_USE,
  standInAccount,
  writeAssembly,
  writeCdk,
} from './stand-in-cdk.ts'

const NOON = Date.parse('2026-12-01T12:00:30Z')

/** Deploy, drill, seal and destroy, with a program that stands for cdk and a drill that a test fills in. */
describe('a game day on an environment of its own', function () {
  this.timeout(120_000)
  let root = ''
  let said = { out: '', err: '' }
  let events: string[] = []

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'aftershock-gameday-'))
    said = { out: '', err: '' }
    events = []
    writeAssembly(root)
    writeCdk(root)
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  const drillThat =
    (run: ReadyDrill['run']): NonNullable<GamedayParts['readyDrill']> =>
    () =>
      Promise.resolve({ run: signal => (events.push(`drill after ${verbs().join(', ')}`), run(signal)) })
  const passes = drillThat(() => Promise.resolve({ status: EXIT.pass, folder: '/runs/one', isSealed: true }))
  const verbs = () => askedOf(root).map(line => line.split(' ')[0] ?? '')

  /** @returns the name of the exit status */
  async function program(argv: readonly string[], parts: GamedayParts = { readyDrill: passes }) {
    const io: Io = {
      stdout: { write: text => (said.out += text) },
      stderr: { write: text => (said.err += text) },
      env: { PATH: process.env.PATH, HOME: root, XDG_CACHE_HOME: join(root, 'cache') },
      cwd: root,
      isTerminal: false,
    }
    const command = new Command('aftershock').exitOverride().configureOutput({
      writeOut: text => io.stdout.write(text),
      writeErr: text => io.stderr.write(text),
    })
    gamedayCommand.register(command, io, {
      root,
      today: '2026-12-01',
      aws: standInAccount(root, false),
      facts: () => NO_LACKS,
      readPrices: () => ({ file: 'prices.json', sha256: '', prices: loadPrices().rows }),
      priceUse: () => ({ ...NO_USE, hourlyUsd: 0.5, monthlyUsd: 365 }),
      clock: { ...systemClock, wallMs: () => NOON, sleep: () => Promise.resolve() },
      aid: () => ({
        whyNotDeleted: () => Promise.resolve([]),
        buckets: () => Promise.resolve([]),
        expireObjects: () => Promise.resolve(),
      }),
      ...parts,
    })
    try {
      await command.parseAsync(['gameday', ...argv], { from: 'user' })
      return 'pass'
    } catch (error) {
      const status = exitStatusOf(error, io)
      return Object.entries(EXIT).find(([, value]) => value === status)?.[0]
    }
  }
  const gameday = (ends: CdkEnds, parts?: GamedayParts) => {
    writeCdk(root, ends)
    return program(['--ephemeral', '--environment', 'lab', '--yes'], parts)
  }

  it('deploys, drills, seals and removes, in this order, and ends as the drill does', async () => {
    assert.equal(await gameday({}), 'pass', said.err)
    assert.deepEqual(verbs(), ['deploy', 'destroy'])
    assert.deepEqual(events, ['drill after deploy'])
    assert.match(
      said.err,
      /the evidence is sealed, in \/runs\/one\nremoving lab; Ctrl-C does not stop that\n/,
    )
    assert.match(said.out, /\nEvidence: \/runs\/one\n$/)
    const fails = drillThat(() => Promise.resolve({ status: EXIT.fail, folder: '/runs/one', isSealed: true }))
    for (const name of ['gone', 'asked']) rmSync(join(root, name))
    assert.equal(await gameday({}, { readyDrill: fails }), 'fail')
    assert.equal(verbs().at(-1), 'destroy')
  })

  it('removes in a group of processes of its own, which Ctrl-C in a terminal does not reach', async () => {
    await gameday({})
    const group = (verb: string) => readFileSync(join(root, `group-${verb}`), 'utf8')
    const [, , , , ours] = readFileSync('/proc/self/stat', 'utf8').split(' ')
    assert.equal(group('deploy'), ours)
    assert.notEqual(group('destroy'), ours)
  })

  it('says before what an hour costs and what it costs at most, and when the environment goes by itself', async () => {
    assert.equal(
      await program(['--ephemeral', '--environment', 'lab', '--plan', '--at-most', '6h']),
      'pass',
      said.err,
    )
    assert.match(
      said.out,
      /an hour, with the fleet +0\.50\n +at most +3\.00 for 6 h: at 2026-12-01 18:01 UTC it removes itself\n/,
    )
    assert.deepEqual(verbs(), [])
    assert.equal(await program(['--ephemeral', '--environment', 'lab', 'first']), 'refused')
    assert.match(
      said.err,
      /nothing was created: that takes --yes\naftershock gameday --ephemeral --environment lab first --yes\n/,
    )
    assert.deepEqual(verbs(), [])
  })

  it('has the environment remove itself at that time', async () => {
    await gameday({})
    const synth = askedLines().find(line => line.startsWith('synth '))
    assert.match(synth ?? '', /--context removeAt=2026-12-01T16:01:00/)
  })

  it('removes what a drill left that failed for a reason of its own', async () => {
    const broken = drillThat(() => Promise.reject(new AftershockError('internal', 'the drill broke')))
    assert.equal(await gameday({}, { readyDrill: broken }), 'internal')
    assert.deepEqual(verbs(), ['deploy', 'destroy'])
    assert.match(said.err, /the drill broke\nremoving lab/)
  })

  it('removes what a deployment left that failed in its middle, and drills nothing', async () => {
    assert.equal(await gameday({ deploy: [1] }), 'unavailable')
    assert.deepEqual(verbs(), ['deploy', 'destroy'])
    assert.deepEqual(events, [])
    assert.match(said.err, /cdk deploy failed/)
  })

  it('removes what is there when Ctrl-C ends the deployment, and ends as interrupted', async () => {
    assert.equal(await gameday({ deploy: ['SIGINT'] }), 'interrupted')
    assert.deepEqual(verbs(), ['deploy', 'destroy'])
    assert.deepEqual(events, [])
  })

  it('removes what is there when somebody ends this program during the drill', async () => {
    const interrupted = drillThat(() => {
      process.emit('SIGTERM')
      return Promise.resolve({ status: EXIT.interrupted, folder: '/runs/one', isSealed: false })
    })
    assert.equal(await gameday({}, { readyDrill: interrupted }), 'interrupted')
    assert.deepEqual(verbs(), ['deploy', 'destroy'])
  })

  it('says that something may be left, why, and when it goes by itself, when it cannot be removed', async () => {
    const broken = drillThat(() => Promise.reject(new AftershockError('internal', 'the drill broke')))
    assert.equal(await gameday({ destroy: [1] }, { readyDrill: broken }), 'unavailable')
    assert.equal(verbs().filter(verb => verb === 'destroy').length, 4)
    assert.match(
      said.err,
      /lab may still exist and cost money, because it could not be removed: cdk destroy failed[^\n]*; before that: the drill broke\n/,
    )
    assert.match(
      said.err,
      /Its own schedule removes it at 2026-12-01 16:01 UTC\. To be sure: aftershock destroy --environment lab --yes\n/,
    )
  })

  it('removes nothing where nothing was created', async () => {
    const lacking = { ...NO_LACKS, quota: () => Promise.resolve(0) }
    assert.equal(await gameday({}, { readyDrill: passes, facts: () => lacking }), 'unavailable')
    assert.match(said.err, /nothing was created: one thing is lacking/)
    assert.deepEqual(verbs(), [])
  })

  it('does not touch an environment that is there already: it would remove it, with its data', async () => {
    assert.equal(await gameday({}, { readyDrill: passes, aws: standInAccount(root) }), 'refused')
    assert.match(
      said.err,
      /nothing was created: lab is there already \(Aftershock-lab-Network, Aftershock-lab-Cluster\), and it would be removed after the drill\nRun the drill there: aftershock run DRILL --driver aws --environment lab\. Or/,
    )
    assert.deepEqual(verbs(), [])
    assert.deepEqual(events, [])
  })

  it('creates nothing for a drill that cannot run there, and says why', async () => {
    assert.equal(
      await program(['--ephemeral', '--environment', 'lab', '--yes', 'connector-restart'], {}),
      'refused',
    )
    assert.match(
      said.err,
      /the aws driver cannot run connector-restart:\n +connectors: the run starts nothing of that kind/,
    )
    assert.deepEqual(askedLines(), [])
  })

  describe('with a calendar', () => {
    const DAY = {
      id: 'lab-day',
      at: '2099-01-14T09:00:00Z',
      lasts: '2h',
      drill: 'link-latency',
      environment: 'lab',
      owner: 'Dana',
      hypothesis: 'A slow zone stops no device anywhere for more than fifteen seconds.',
      expectedCostUsd: 3,
      blastRadius: { zones: ['az-a', 'az-b', 'az-c'], faults: ['link-latency'] },
    }
    const write = (change: object) =>
      writeFileSync(
        join(root, 'gamedays.yaml'),
        JSON.stringify({ calendar: 'Fleet', days: [{ ...DAY, ...change }] }),
      )

    it('says what the environment of a day costs beside what was agreed, before its window too', async () => {
      write({})
      assert.equal(await program(['run', 'lab-day', '--ephemeral', '--plan']), 'pass', said.err)
      assert.match(said.out, /at most +2\.00 for 4 h: [^\n]*\n +agreed on +3\.00, by its calendar\n/)
      assert.equal(await program(['run', 'lab-day', '--ephemeral', '--now']), 'refused')
      assert.match(said.err, /gameday run lab-day --ephemeral --now --yes\n/)
      assert.equal(await program(['run', 'lab-day', '--ephemeral', '--yes']), 'refused')
      assert.match(said.err, /lab-day may run from 2099-01-14T09:00Z to 2099-01-14T11:00Z only/)
      assert.deepEqual(verbs(), [])
    })

    it('creates nothing for a day whose drill cannot run there, and knows its environment before', async () => {
      write({
        drill: 'connector-restart',
        blastRadius: { zones: ['az-a', 'az-b', 'az-c'], faults: ['connector-restart'] },
      })
      assert.equal(await program(['run', 'lab-day', '--ephemeral', '--now', '--yes']), 'refused')
      assert.match(said.err, /the aws driver cannot run connector-restart/)
      assert.deepEqual(verbs(), [])
      write({ environment: 'nowhere' })
      assert.equal(await program(['plan']), 'usage')
      assert.match(said.err, /there is no environment nowhere/)
    })

    it('refuses options that would be ignored', async () => {
      write({})
      assert.equal(await program(['run', 'lab-day', '--now', '--yes']), 'usage')
      assert.match(said.err, /--yes is of no use: lab is taken as it is deployed; --ephemeral makes it/)
      write({ environment: 'this-machine' })
      assert.equal(await program(['run', 'lab-day', '--now', '--ephemeral']), 'usage')
      assert.match(said.err, /--ephemeral is of no use: lab-day is run on this machine/)
    })
  })

  it('wants to be told that the environment is for once, and for how long within reason', async () => {
    assert.equal(await program(['--environment', 'lab', '--yes']), 'usage')
    assert.match(said.err, /expected plan, approve, run or list, or --ephemeral/)
    for (const wrong of ['10', '30m', '2d'])
      assert.equal(await program(['--ephemeral', '--environment', 'lab', '--at-most', wrong]), 'usage')
    assert.match(said.err, /--at-most is '2d': expected a duration from 1h to 24h/)
    assert.equal(await program(['--ephemeral', '--environment', 'lab', 'first', 'second']), 'usage')
    assert.equal(await program(['--ephermal', '--environment', 'lab']), 'usage')
    assert.match(said.err, /Did you mean --ephemeral/)
  })

  function askedLines(): string[] {
    return existsSync(join(root, 'asked')) ? readFileSync(join(root, 'asked'), 'utf8').trim().split('\n') : []
  }
})
