import assert from 'node:assert/strict'
import type { Clock } from '../../../chaos/core/clock.ts'
import type { HistoryLine } from '../../../chaos/record/history.ts'
import {
  type CommittedOffsets,
  foundLine,
  OffsetCommits,
  type OffsetCommitsOptions,
  resumeFrom,
} from '../../../chaos/replay/offset-commits.ts'
import { Position } from '../../../chaos/replay/position.ts'

type Commit = readonly { topic: string; partition: number; offset: string }[]

/** A consumer whose brokers answer as the test says, and a clock that the test moves. */
class World {
  readonly telemetry = new Position('telemetry', 0, 100)
  readonly positions = new Map([
    ['telemetry/0', this.telemetry],
    ['telemetry/1', new Position('telemetry', 1, 7)],
  ])
  readonly lines: HistoryLine[] = []
  readonly requests: Commit[] = []
  /** What becomes of a commit: the brokers accept it, refuse it, or the client makes no request at all. */
  answer: 'accepted' | 'refused' | 'not-sent' = 'accepted'
  stored: CommittedOffsets = new Map()
  isCurrent = true
  flushed = 0
  now = 0
  #accept: (offsets: Commit) => void = () => {}

  commits(): OffsetCommits {
    const consumer = {
      events: { COMMIT_OFFSETS: 'consumer.commit_offsets' },
      on: (_event: string, listener: (event: unknown) => void) => {
        this.#accept = offsets =>
          listener({
            payload: {
              topics: offsets.map(({ topic, partition, offset }) => ({
                topic,
                partitions: [{ partition, offset }],
              })),
            },
          })
      },
      commitOffsets: async (offsets: Commit) => {
        this.requests.push(offsets)
        if (this.answer === 'refused') throw new Error('the member is not known')
        if (this.answer === 'accepted') this.#accept(offsets)
      },
    } as unknown as OffsetCommitsOptions['consumer']
    return new OffsetCommits({
      group: 'g-1',
      consumer,
      positions: this.positions,
      shard: {
        append: line => void this.lines.push(line),
        flush: async () => void this.flushed++,
      },
      clock: { now: () => this.now, sleep: () => new Promise(() => {}) } as unknown as Clock,
      read: async () => this.stored,
      isCurrent: () => this.isCurrent,
    })
  }

  async tick(commits: OffsetCommits): Promise<void> {
    this.now += 1000
    commits.tick()
    // All answers here are immediate: a turn of the event loop settles them.
    await new Promise(resolve => setImmediate(resolve))
  }
}

describe('offset commits', () => {
  it('commit where the reader has come to, and keep what the brokers accepted', async () => {
    const world = new World()
    const commits = world.commits()
    world.telemetry.next = 130
    await world.tick(commits)
    assert.deepEqual(world.lines, [
      { kind: 'commit', t: 1000, group: 'g-1', offsets: [['telemetry', 0, 130]] },
    ])
    assert.equal(world.flushed, 1)
    assert.equal(commits.committed?.group, 'g-1')
  })

  it('commit nothing while nothing was read', async () => {
    const world = new World()
    const commits = world.commits()
    await world.tick(commits)
    world.telemetry.next = 101
    await world.tick(commits)
    await world.tick(commits)
    assert.equal(world.requests.length, 1)
  })

  it('leave a refused commit out of the history, and make up for it with the next', async () => {
    const world = new World()
    const commits = world.commits()
    world.telemetry.next = 130
    world.answer = 'refused'
    await world.tick(commits)
    assert.deepEqual(world.lines, [])
    assert.equal(commits.committed, null)
    world.answer = 'accepted'
    await world.tick(commits)
    assert.equal(world.lines.length, 1)
  })

  it('do not take the client’s word for a commit that was never requested', async () => {
    const world = new World()
    world.answer = 'not-sent'
    const commits = world.commits()
    world.telemetry.next = 130
    await world.tick(commits)
    assert.deepEqual(world.lines, [])
  })

  it('are not kept once the consumer has been replaced', async () => {
    const world = new World()
    const commits = world.commits()
    world.isCurrent = false
    world.telemetry.next = 130
    await world.tick(commits)
    assert.deepEqual(world.lines, [])
  })

  it('are asked back after a rebalance, before anything more is committed', async () => {
    const world = new World()
    const commits = world.commits()
    commits.joined()
    world.telemetry.next = 130
    await world.tick(commits)
    commits.joined()
    world.telemetry.next = 140
    world.stored = new Map([
      ['telemetry/0', 120],
      ['telemetry/1', null],
    ])
    await world.tick(commits)
    await world.tick(commits)
    assert.deepEqual(
      world.lines.map(line => [line.kind, 'offsets' in line ? line.offsets : []]),
      [
        ['commit', [['telemetry', 0, 130]]],
        [
          'committed',
          [
            ['telemetry', 0, 120],
            ['telemetry', 1, null],
          ],
        ],
        ['commit', [['telemetry', 0, 140]]],
      ],
    )
  })

  it('end with a last commit and with what the brokers have then', async () => {
    const world = new World()
    const commits = world.commits()
    world.telemetry.next = 130
    world.stored = new Map([['telemetry/0', 130]])
    await commits.finish()
    assert.deepEqual(
      world.lines.map(line => line.kind),
      ['commit', 'committed'],
    )
  })
})

describe('a consumer that takes over', () => {
  const positions = new Map([
    ['telemetry/0', Object.assign(new Position('telemetry', 0, 100), { next: 130 })],
    ['telemetry/1', Object.assign(new Position('telemetry', 1, 7), { next: 9 })],
  ])

  it('begins at what the group before it had committed', () => {
    const from = resumeFrom(positions, new Map([['telemetry/0', 120]]))
    assert.deepEqual(
      [...(from ?? [])],
      [
        ['telemetry/0', 120],
        ['telemetry/1', 9],
      ],
    )
  })

  it('keeps the reader’s own position where nothing was committed', () => {
    const from = resumeFrom(positions, new Map<string, number | null>([['telemetry/0', null]]))
    assert.equal(from?.get('telemetry/0'), 130)
  })

  it('does not follow a commit beyond what was read, nor an answer that did not come', () => {
    assert.equal(resumeFrom(positions, new Map([['telemetry/0', 131]])), null)
    assert.equal(resumeFrom(positions, null), null)
  })

  it('says nothing of partitions that the brokers did not speak of', () => {
    const line = foundLine(5.4, 'g', positions, new Map([['telemetry/1', 8]]))
    assert.deepEqual(line, { kind: 'committed', t: 5, group: 'g', offsets: [['telemetry', 1, 8]] })
  })
})
