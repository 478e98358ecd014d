import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { attendDay, type Attending, type Carried } from '../../../chaos/gameday/attend/attend-day.ts'
import { type DayTask, parseTask } from '../../../chaos/gameday/attend/day-task.ts'
import type { Taken } from '../../../chaos/gameday/attend/task-answers.ts'
import { VirtualClock } from '../run/virtual-clock.ts'

const RUN: DayTask = {
  phase: 'run',
  token: 'token-2',
  run: 'execution-1',
  day: 'zone',
  heartbeatSeconds: 120,
  runSeconds: 3600,
}
const READY: DayTask = { ...RUN, phase: 'ready', token: 'token-1' }
const PASSED: Carried = { kind: 'judged', status: 0, verdict: 'pass', evidence: 's3://evidence/r/' }

/** A machine of a day, with what it is told in `said`: an answer a line. */
function day(
  changes: Partial<Attending> & { readonly beat?: () => Promise<Taken>; readonly lastsMs?: number } = {},
) {
  const clock = new VirtualClock()
  const said: string[] = []
  let told: DayTask = READY
  const attending: Attending = {
    clock,
    signal: new AbortController().signal,
    answers: {
      beat: async token => {
        const taken = await (changes.beat?.() ?? Promise.resolve<Taken>('taken'))
        said.push(`beat ${token} ${taken}`)
        return taken
      },
      async success(token, output) {
        said.push(`success ${token} ${JSON.stringify(output)}`)
        told = RUN
        return 'taken'
      },
      async failure(token, error, cause) {
        said.push(`failure ${token} ${error}: ${cause}`)
        return 'taken'
      },
    },
    task: async () => told,
    isBegun: () => false,
    noteBegun: ({ run }) => void said.push(`begun ${run}`),
    carryOut: (_, signal) =>
      clock.sleep(changes.lastsMs ?? 90_000, signal).then(
        () => PASSED,
        () => ({ kind: 'failed', error: 'Interrupted', cause: 'healed' }),
      ),
    keep: async () => {
      said.push('keep')
      return 'kept'
    },
    progress: () => {},
    ...changes,
  }
  return { clock, said, attend: () => clock.run(attendDay(attending)) }
}

const count = (said: readonly string[], what: string) => said.filter(one => one.startsWith(what)).length

describe('who attends a game day on its runner', () => {
  it('says that it is here, runs the drill with signs of life, and answers with its verdict', async () => {
    const { said, attend } = day()
    await attend()
    assert.deepEqual(said.slice(0, 3), ['success token-1 {}', 'beat token-2 taken', 'begun execution-1'])
    assert.equal(said.at(-1), 'success token-2 {"status":0,"verdict":"pass","evidence":"s3://evidence/r/"}')
    assert.equal(count(said, 'beat'), 1 + 5)
  })

  it('answers a drill that failed at once, and stores what is left only then', async () => {
    const { said, attend } = day({
      carryOut: async () => ({ kind: 'failed', error: 'Refused', cause: 'exit status 75: switch' }),
    })
    await attend()
    assert.deepEqual(said.slice(-2), ['failure token-2 Refused: exit status 75: switch', 'keep'])
  })

  it('answers when carrying it out is broken itself', async () => {
    const { said, attend } = day({ carryOut: () => Promise.reject(new Error('no disk')) })
    await attend()
    assert.deepEqual(said.slice(-2), ['failure token-2 RunnerFailed: no disk', 'keep'])
  })

  it('runs nothing that was begun before by a program that died', async () => {
    const { said, attend } = day({
      isBegun: () => true,
      carryOut: () => Promise.reject(new Error('must not be')),
    })
    await attend()
    assert.match(said.at(-2) ?? '', /^failure token-2 RunnerRestarted: /)
    assert.equal(count(said, 'begun'), 0)
  })

  it('ends the drill once nobody waits for it any more', async () => {
    let beats = 0
    const { said, attend, clock } = day({ beat: async () => (++beats > 2 ? 'refused' : 'taken') })
    await attend()
    assert.match(said.at(-2) ?? '', /^failure token-2 Ended: nobody waits for it any more; healed/)
    assert.ok(clock.now() < 60_000)
  })

  it('begins nothing whose token is refused, and waits for another task', async () => {
    const { said, attend } = day({ beat: async () => 'refused' })
    await assert.rejects(attend(), /waited 1800 s for a task of a game day/)
    assert.equal(count(said, 'begun'), 0)
  })

  it('ends the drill when no sign of life is taken for as long as one may be missing', async () => {
    let beats = 0
    const { said, attend, clock } = day({
      lastsMs: 600_000,
      beat: () => (++beats > 1 ? Promise.reject(new Error('no way to AWS')) : Promise.resolve('taken')),
    })
    await attend()
    assert.match(said.at(-2) ?? '', /^failure token-2 Ended: no sign of life was taken for 120 s; healed/)
    assert.ok(clock.now() <= 150_000, String(clock.now()))
  })

  it('ends a drill that is late, while there is time to heal, seal and store', async () => {
    const { said, attend, clock } = day({ lastsMs: 7_200_000 })
    await attend()
    assert.match(said.at(-2) ?? '', /^failure token-2 Ended: it did not end in 2700 s; healed/)
    assert.equal(clock.now(), 2_702_000)
  })

  it('ends the drill when its machine is shut down', async () => {
    const machine = new AbortController()
    const { said, attend, clock } = day({ signal: machine.signal, lastsMs: 600_000 })
    void clock.sleep(30_000).then(() => machine.abort(new Error('SIGTERM')))
    await attend()
    assert.match(said.at(-2) ?? '', /^failure token-2 Ended: the runner is shut down; healed/)
  })

  it('answers again until it is taken', async () => {
    let tries = 0
    const { attend } = day({
      answers: {
        beat: async () => 'taken',
        success: async token => {
          if (token === 'token-2' && ++tries < 4) throw new Error('throttled')
          return 'taken'
        },
        failure: async () => 'taken',
      },
      task: async () => (tries === 0 ? RUN : null),
    })
    await attend()
    assert.equal(tries, 4)
  })

  it('does not take for a task what is none', () => {
    assert.deepEqual(parseTask(JSON.stringify(RUN), '/p'), RUN)
    assert.throws(() => parseTask('{"phase":"run"}', '/p'), /\/p holds no task of a game day/)
    assert.throws(() => parseTask(JSON.stringify({ ...RUN, run: '../../etc' }), '/p'), /run/)
  })
})
