import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'mocha'
import type { Clock } from '../../../chaos/core/clock.ts'
import type { Drill } from '../../../chaos/core/drill.ts'
import { AftershockError } from '../../../chaos/core/errors.ts'
import { type LoadedDrill, loadDrill } from '../../../chaos/drill/load-drill.ts'
import { readJournal } from '../../../chaos/record/journal-reader.ts'
import type { JournalLine } from '../../../chaos/record/journal-events.ts'
import type { RunHeader } from '../../../chaos/record/run-header.ts'
import { JournalState } from '../../../chaos/run/journal-state.ts'
import type { RunOutcome } from '../../../chaos/run/run-context.ts'
import { runDrill } from '../../../chaos/run/run-drill.ts'
import { type FakeWorld, fakeWorld } from '../faults/fake-driver.ts'
import { FakeEnvironment, fakeParts } from './fake-environment.ts'
import { VirtualClock } from './virtual-clock.ts'

/** The shipped drill, on one topic of six partitions: those that the world in memory has. */
async function brokerKill(change: Partial<Drill> = {}): Promise<LoadedDrill> {
  const loaded = await loadDrill('broker-kill')
  const { contract } = loaded.drill
  const { telemetry } = contract.topics
  assert.ok(telemetry?.partitions === 6)
  return {
    ...loaded,
    drill: { ...loaded.drill, contract: { ...contract, topics: { telemetry } }, ...change },
  }
}

describe('a run, on an environment in memory', () => {
  let root = ''
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'aftershock-run-'))
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  interface Played {
    readonly lines: readonly JournalLine[]
    readonly kinds: readonly string[]
    readonly environment: FakeEnvironment
    readonly runDir: string
    readonly outcome: RunOutcome | AftershockError
  }
  interface About {
    readonly world: FakeWorld
    readonly environment: FakeEnvironment
    readonly stop: AbortController
  }
  interface PlayOptions {
    readonly loaded: LoadedDrill
    readonly failing?: Error
    /** Hears each line of the journal as it is written. */
    readonly onLine?: (line: JournalLine, about: About) => void
  }

  async function play({ loaded, failing, onLine }: PlayOptions): Promise<Played> {
    const time = new VirtualClock()
    const clock: Clock = {
      now: () => time.now(),
      wallMs: () => time.wallMs(),
      sleep: (ms, signal) => time.sleep(ms, signal),
    }
    const world = fakeWorld()
    const environment = new FakeEnvironment(world, failing)
    const stop = new AbortController()
    const runDir = join(root, 'run')
    const outcome = await time
      .run(
        runDrill({
          loaded,
          run: 'a-run',
          runDir,
          seed: 'a seed',
          environment,
          commit: null,
          clock,
          signal: stop.signal,
          watch: {
            progress: () => {},
            journal: line => onLine?.(line, { world, environment, stop }),
            live: () => {},
          },
          allowCommands: false,
          parts: fakeParts(world, environment.ended),
        }),
      )
      .catch((error: unknown) => {
        assert.ok(error instanceof AftershockError, String(error))
        return error
      })
    const path = join(runDir, 'journal.jsonl')
    const events = existsSync(path) ? (await readJournal(path)).events : []
    const lines = events.map(({ event }) => event)
    return { lines, kinds: lines.map(({ kind }) => kind), environment, runDir, outcome }
  }

  const ofKind = <Kind extends JournalLine['kind']>(lines: readonly JournalLine[], kind: Kind) =>
    lines.filter((line): line is Extract<JournalLine, { kind: Kind }> => line.kind === kind)

  const samplesIn = (runDir: string, name: string): readonly { readonly t: number }[] =>
    readFileSync(join(runDir, 'samples', `${name}.jsonl`), 'utf8')
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as { t: number })

  it('goes through its steps in order, and ends what it began in the reverse of it', async () => {
    const held: (readonly number[])[] = []
    const { lines, kinds, environment, runDir, outcome } = await play({
      loaded: await brokerKill(),
      onLine: ({ kind }, { environment: place }) => {
        if (kind === 'fault.injected' || kind === 'fault.heal-proven') held.push([...place.held()])
      },
    })
    assert.deepEqual(kinds, [
      'run.started',
      'lab.started',
      'topics.created',
      'fleet.started',
      'baseline',
      'steady-state',
      'timeline.started',
      'fault.intended',
      'fault.injected',
      'fault.proven',
      'fault.healed',
      'fault.heal-proven',
      'action.started',
      'replay.stated',
      'action.finished',
      'steady-state',
      'timeline.ended',
      'fleet.stopped',
      'fleet.drained',
      'final-read',
      'run.finished',
    ])
    assert.deepEqual(outcome, { aborted: false, interrupted: false, unhealed: [], unanswered: [], runDir })
    assert.deepEqual(ofKind(lines, 'run.finished')[0]?.outcome, 'completed')
    const zero = ofKind(lines, 'timeline.started')[0]?.t ?? 0
    const times = [...ofKind(lines, 'fault.intended'), ...ofKind(lines, 'action.started')].map(
      ({ t }) => t - zero,
    )
    // Two pauses between the three looks of a baseline come before the injection.
    assert.deepEqual(times, [10_100, 50_000])
    assert.equal(held[0]?.length, 1, 'its restart policy leaves the broker alone that the fault holds')
    assert.deepEqual(held[1], [], 'and no other, once it is healed')
    assert.deepEqual(environment.made, ['-of-an-earlier-run', '+telemetry'])
    assert.deepEqual(environment.ended, [
      'the fleet',
      'the readers',
      'the restart policy',
      'the lab',
      'the guardian',
    ])
  })

  it('keeps what the environment says of itself and measures, beside what the run sees', async () => {
    const { runDir, lines } = await play({ loaded: await brokerKill() })
    const header = JSON.parse(readFileSync(join(runDir, 'run.json'), 'utf8')) as RunHeader
    const { software, versions, labDir, ownsLab, nodes, seed } = header
    assert.deepEqual(
      [software?.name, versions['kafka'], labDir, ownsLab],
      ['three numbers', '0.0.0', '/nowhere', true],
    )
    assert.deepEqual([nodes.length, seed], [3, 'a seed'])
    const end = lines.at(-1)?.t ?? 0
    for (const [name, everyMs] of Object.entries({
      nodes: 1000,
      cluster: 250,
      fleet: 1000,
      consumers: 1000,
      machine: 1000,
    })) {
      const samples = samplesIn(runDir, name)
      assert.ok(samples.length > (end / everyMs) * 0.9, `${name}: ${samples.length} in ${end} ms`)
    }
  })

  it('is aborted by its own condition: what is broken is healed, and nothing else begins', async () => {
    const { lines, kinds, outcome, environment } = await play({
      loaded: await brokerKill({ abort: [{ probe: 'nodes-answering', atMost: 2 }] }),
    })
    assert.ok(!(outcome instanceof AftershockError) && outcome.aborted)
    assert.deepEqual(
      ofKind(lines, 'abort').map(({ value }) => value),
      [2],
    )
    assert.equal(ofKind(lines, 'fault.heal-proven').length, 1)
    assert.ok(!kinds.includes('action.started'))
    assert.ok(kinds.includes('final-read'), 'what was stored is still read, and judged')
    assert.equal(ofKind(lines, 'run.finished')[0]?.outcome, 'aborted')
    assert.equal(environment.ended.at(-1), 'the guardian')
  })

  it('is interrupted: it heals on its way out, and everything is ended', async () => {
    const { lines, kinds, outcome, environment } = await play({
      loaded: await brokerKill(),
      onLine: ({ kind }, { stop }) => {
        if (kind === 'fault.proven') stop.abort(new Error('Ctrl-C'))
      },
    })
    assert.ok(!(outcome instanceof AftershockError) && outcome.interrupted)
    assert.deepEqual(kinds.slice(kinds.indexOf('fault.proven')), [
      'fault.proven',
      'fault.healed',
      'fault.heal-proven',
      'interrupted',
      'run.finished',
    ])
    assert.equal(ofKind(lines, 'interrupted')[0]?.by, 'Ctrl-C')
    assert.equal(ofKind(lines, 'run.finished')[0]?.outcome, 'interrupted')
    assert.ok(environment.ended.includes('the lab'))
  })

  it('names a fault whose heal does nothing, and goes on to its end', async () => {
    const { lines, outcome } = await play({
      loaded: await brokerKill({ steadyState: [{ probe: 'nodes-answering', atLeast: 2, forSeconds: 1 }] }),
      onLine: ({ kind }, { world }) => {
        if (kind === 'fault.proven') world.obeys = false
      },
    })
    assert.ok(!(outcome instanceof AftershockError))
    const [fault] = ofKind(lines, 'fault.intended')
    assert.deepEqual(outcome.unhealed, [fault?.id])
    assert.equal(ofKind(lines, 'fault.heal-proven').length, 0)
    assert.match(ofKind(lines, 'fault.heal-unproven')[0]?.reason ?? '', /./)
    assert.deepEqual(
      JournalState.after(lines)
        .openFaults()
        .map(({ id }) => id),
      [fault?.id],
      'heal knows it from the journal',
    )
    assert.equal(ofKind(lines, 'run.finished')[0]?.outcome, 'completed')
  })

  it('ends what there is when the environment cannot be opened, and says why', async () => {
    const failing = new AftershockError('unavailable', 'no broker answers')
    const { kinds, outcome, environment, lines } = await play({ loaded: await brokerKill(), failing })
    assert.equal(outcome, failing)
    assert.deepEqual(kinds, ['run.started', 'lab.started', 'run.finished'])
    assert.deepEqual(
      ofKind(lines, 'run.finished').map(({ outcome: how, error }) => [how, error]),
      [['crashed', 'no broker answers']],
    )
    assert.deepEqual(environment.ended, ['the lab', 'the guardian'])
  })

  it('is refused before anything is made when the environment lacks what it needs', async () => {
    const loaded = await loadDrill('s3-outage')
    const { outcome, runDir, environment } = await play({ loaded })
    assert.ok(outcome instanceof AftershockError && outcome.code === 'refused')
    assert.equal(existsSync(runDir), false)
    assert.deepEqual(environment.ended, [])
  })
})
