import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'mocha'
import type { ProcessIdentity } from '../../../chaos/core/process-identity.ts'
import {
  logTailOf,
  type RestartEvent,
  RestartPolicy,
  type RestartPolicyTimes,
} from '../../../chaos/drivers/local/nodes/restart-policy.ts'

const TIMES: RestartPolicyTimes = {
  everyMs: 250,
  firstAfterMs: 2000,
  atMostAfterMs: 10_000,
  forgivenAfterMs: 60_000,
  atMost: 4,
}

/** Processes and a clock that move when the test says so. */
class World {
  now = 0
  readonly events: (RestartEvent & { readonly t: number })[] = []
  readonly started: number[] = []
  readonly held = new Set<number>()
  startsFail = false
  private readonly processes = new Map<number, ProcessIdentity>()
  private readonly alive = new Set<number>()
  private nextPid = 100
  private wake: (() => void) | undefined
  readonly policy: RestartPolicy

  constructor(times: Partial<RestartPolicyTimes> = {}) {
    for (const node of [1, 2]) this.begin(node)
    this.policy = new RestartPolicy({
      nodes: [1, 2],
      processes: {
        recorded: node => this.processes.get(node),
        isAlive: process => this.alive.has(process.pid),
        start: node => {
          if (this.startsFail) throw new Error('no memory')
          this.started.push(node)
          this.begin(node)
        },
        lastWords: node => [`last words of ${node}`],
      },
      clock: {
        now: () => this.now,
        wallMs: () => this.now,
        sleep: (_, signal) =>
          new Promise((resolve, reject) => {
            const stop = () => reject(new Error('stopped'))
            signal?.addEventListener('abort', stop, { once: true })
            this.wake = () => {
              signal?.removeEventListener('abort', stop)
              resolve()
            }
          }),
      },
      held: () => this.held,
      onEvent: event => this.events.push({ ...event, t: this.now }),
      policy: { ...TIMES, ...times },
    })
  }

  begin(node: number): void {
    const process = { pid: this.nextPid++, startedAt: `boot:${this.now}` }
    this.processes.set(node, process)
    this.alive.add(process.pid)
  }

  /** It ends, and nobody of ours did it. */
  dies(node: number): void {
    this.alive.delete(this.processes.get(node)?.pid ?? 0)
  }

  /** As a fault or a teardown does: ended and recorded no more. */
  isEnded(node: number): void {
    this.dies(node)
    this.processes.delete(node)
  }

  /** Lets `ms` pass, one look of the policy at a time. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= TIMES.everyMs) {
      this.now += TIMES.everyMs
      this.wake?.()
      await new Promise(resolve => setImmediate(resolve))
    }
  }
}

describe('the restart policy', () => {
  it('starts a broker again that ended by itself, and tells of it with its last words', async () => {
    const world = new World()
    await world.pass(1000)
    world.dies(2)
    await world.pass(2000)
    assert.deepEqual(world.started, [])
    await world.pass(500)
    assert.deepEqual(world.started, [2])
    const [event] = world.events
    assert.ok(event?.kind === 'node.restarted')
    assert.deepEqual(
      [event.node, event.attempt, event.afterMs, event.lastWords],
      [2, 1, 2000, ['last words of 2']],
    )
    assert.match(event.why, /process 101 of broker 2 ended by itself; nothing of this run ended it/)
    await world.policy.stop()
  })

  it('leaves a broker alone that a fault or a teardown ended', async () => {
    const world = new World()
    world.isEnded(1)
    await world.pass(30_000)
    assert.deepEqual([world.started, world.events], [[], []])
    await world.policy.stop()
  })

  it('never starts a node that a fault holds, and does so when it is let go and still down', async () => {
    const world = new World()
    world.held.add(1)
    world.dies(1)
    await world.pass(30_000)
    assert.deepEqual(world.started, [])
    world.held.delete(1)
    await world.pass(2000)
    assert.deepEqual(world.started, [])
    await world.pass(500)
    assert.deepEqual(world.started, [1])
    await world.policy.stop()
  })

  it('gives way to a fault that takes hold while it waits', async () => {
    const world = new World()
    world.dies(1)
    await world.pass(1500)
    world.held.add(1)
    await world.pass(10_000)
    assert.deepEqual(world.started, [])
    await world.policy.stop()
  })

  it('does nothing for a node that was healed by the fault itself', async () => {
    const world = new World()
    world.dies(1)
    await world.pass(1000)
    world.begin(1)
    await world.pass(30_000)
    assert.deepEqual([world.started, world.events], [[], []])
    await world.policy.stop()
  })

  it('waits longer each time, never longer than its limit, and gives up in the end', async () => {
    const world = new World()
    for (let died = 0; died < 6; died++) {
      world.dies(1)
      await world.pass(12_000)
    }
    assert.deepEqual(
      world.events.map(event => (event.kind === 'node.restarted' ? event.afterMs : event.kind)),
      [2000, 4000, 8000, 10_000, 'node.given-up'],
    )
    assert.equal(world.started.length, 4)
    await world.policy.stop()
  })

  it('begins anew for a process that lived long enough', async () => {
    const world = new World()
    for (let died = 0; died < 6; died++) {
      world.dies(1)
      await world.pass(65_000)
    }
    assert.deepEqual(
      world.events.map(event => event.kind === 'node.restarted' && [event.attempt, event.afterMs]),
      Array.from({ length: 6 }, () => [1, 2000]),
    )
    await world.policy.stop()
  })

  it('watches each node for itself', async () => {
    const world = new World()
    world.dies(1)
    await world.pass(1000)
    world.dies(2)
    await world.pass(4000)
    assert.deepEqual(
      world.events.map(event => [event.node, event.t]),
      [
        [1, 2250],
        [2, 3250],
      ],
    )
    await world.policy.stop()
  })

  it('tells only of processes that exist, and tries again when one could not be started', async () => {
    const world = new World()
    world.startsFail = true
    world.dies(1)
    await world.pass(2500)
    assert.equal(world.events.length, 0)
    world.startsFail = false
    await world.pass(4500)
    assert.deepEqual(
      world.events.map(event => event.kind === 'node.restarted' && event.attempt),
      [2],
    )
    await world.policy.stop()
  })

  it('starts nothing once it is stopped', async () => {
    const world = new World()
    world.dies(1)
    await world.pass(1750)
    await world.policy.stop()
    await world.pass(10_000)
    assert.deepEqual(world.started, [])
  })
})

describe('the last words of a process', () => {
  it('are the last lines of its log, each of bounded length', () => {
    const dir = mkdtempSync(join(tmpdir(), 'aftershock-words-'))
    try {
      const file = join(dir, 'broker-1.log')
      const lines = Array.from({ length: 500 }, (_, index) => `line ${index} ${'x'.repeat(400)}`)
      writeFileSync(file, `${lines.join('\n')}\n\n`)
      const words = logTailOf(file)
      assert.deepEqual(
        words.map(line => line.split(' ')[1]),
        ['492', '493', '494', '495', '496', '497', '498', '499'],
      )
      assert.ok(words.every(line => line.length === 300))
      writeFileSync(file, 'only\n')
      assert.deepEqual(logTailOf(file), ['only'])
      assert.deepEqual(logTailOf(join(dir, 'absent.log')), [])
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
  })
})
