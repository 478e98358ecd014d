import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JournalLine } from '../../../chaos/record/journal-events.ts'
import { Journal } from '../../../chaos/record/journal.ts'
import { endRun } from '../../../chaos/run/run-end.ts'
import { Teardown } from '../../../chaos/run/teardown.ts'
import type { TimelineOutcome } from '../../../chaos/run/timeline.ts'
import { VirtualClock } from './virtual-clock.ts'

const never = new Promise<never>(() => {})
const COMPLETED = { aborted: false, interrupted: false, unhealed: [] }

describe('a teardown', () => {
  it('leaves a step that never ends, names it, and runs those that are left', async () => {
    const clock = new VirtualClock()
    const teardown = new Teardown(clock)
    const ended: string[] = []
    const late: string[] = []
    teardown.add('the lab', () => void ended.push('the lab'))
    teardown.add('the readers', () => never, 4000)
    teardown.add('the view', () => {
      throw new Error('no')
    })
    teardown.add('the fleet', async () => {
      await clock.sleep(29_000)
      ended.push('the fleet')
    })
    const failures = await clock.run(teardown.run((step, ms) => void late.push(`${step} ${ms}`)))
    assert.deepEqual(ended, ['the fleet', 'the lab'])
    assert.deepEqual(late, ['the readers 4000'])
    assert.deepEqual(failures, ['the view: no', 'the readers: waited 4 s for the readers to end'])
    assert.equal(clock.now(), 33_000)
  })
})

describe('the end of a run', () => {
  let directory = ''
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'aftershock-end-'))
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  async function end(
    step: () => unknown,
    signal = new AbortController().signal,
    outcome: TimelineOutcome = COMPLETED,
  ) {
    const clock = new VirtualClock()
    const teardown = new Teardown(clock)
    teardown.add('the lab', step, 5000)
    const path = join(directory, 'journal.jsonl')
    using journal = Journal.create(path, clock)
    let dismissed = false
    const guardian = {
      identity: { pid: 1, startedAt: '' },
      async dismiss() {
        dismissed = true
      },
    }
    const progress = () => {}
    const result = await clock
      .run(
        endRun({
          runDir: directory,
          journal,
          teardown,
          guardian,
          clock,
          signal,
          progress,
          outcome,
          failure: undefined,
        }),
      )
      .catch((error: unknown) => error)
    const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean)
    return { result, dismissed, events: lines.map(line => JSON.parse(line) as JournalLine) }
  }

  it('leaves a fault whose healing was never answered to the guardian', async () => {
    const silent = { ...COMPLETED, unhealed: ['zone-cut-1'], unanswered: ['zone-cut-1'] }
    const { result, dismissed } = await end(() => {}, undefined, silent)
    assert.equal((result as { code?: string }).code, 'unhealed')
    assert.match(String(result), /zone-cut-1: nothing answered when it was to be healed/)
    assert.equal(dismissed, false)
  })

  it('comes although a step never ends: the step is in the journal, and the guardian is left to heal', async () => {
    const { result, dismissed, events } = await end(() => never)
    assert.equal((result as { code?: string }).code, 'unhealed')
    assert.match(String(result), /the lab: waited 5 s for the lab to end/)
    assert.equal(dismissed, false)
    const [late, finished] = events
    assert.ok(late?.kind === 'teardown.late' && late.step === 'the lab' && late.deadlineMs === 5000)
    assert.ok(finished?.kind === 'run.finished' && finished.outcome === 'crashed')
  })

  it('is told as interrupted although a step never ends', async () => {
    const { result, dismissed, events } = await end(() => never, AbortSignal.abort(new Error('Ctrl-C')))
    assert.equal((result as { code?: string }).code, 'unhealed')
    assert.equal(dismissed, false)
    const last = events.at(-1)
    assert.ok(last?.kind === 'run.finished' && last.outcome === 'interrupted')
  })

  it('dismisses the guardian when everything has ended', async () => {
    const { result, dismissed, events } = await end(() => {})
    assert.deepEqual(result, COMPLETED)
    assert.equal(dismissed, true)
    assert.deepEqual(
      events.map(event => event.kind),
      ['run.finished'],
    )
  })
})
