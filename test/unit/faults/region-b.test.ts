import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FaultEntry } from '../../../chaos/core/drill.ts'
import { seededRandom } from '../../../chaos/core/random.ts'
import { CLUSTER_CAPABILITIES } from '../../../chaos/drivers/driver-of.ts'
import { FAULTS, faultOf } from '../../../chaos/faults/index.ts'
import { Journal } from '../../../chaos/record/journal.ts'
import type { JournalLine } from '../../../chaos/record/journal-events.ts'
import { liveThroughFault } from '../../../chaos/run/fault-life.ts'
import { VirtualClock } from '../run/virtual-clock.ts'
import { fakeDriver, type FakeWorld, fakeWorld, THREE_ZONES_AND_STORE } from './fake-driver.ts'
import { shippedSpec } from './fault-life.ts'

/** What a fault can change in a world, as one text. */
const stateOf = ({ nodes, settings, effects, storeEffects }: FakeWorld): string =>
  JSON.stringify(
    [nodes, settings, effects, storeEffects].map(map =>
      [...map].map(([key, value]) => [key, value instanceof Map ? [...value] : value]),
    ),
  )

/** A whole life of a fault in the second of two worlds. */
async function live(kind: string, obeys = true) {
  const [a, b] = [fakeWorld(), fakeWorld()]
  b.obeys = obeys
  const fault = faultOf(kind)
  const entry: FaultEntry = {
    id: 'one',
    role: 'fault',
    kind,
    atMs: 0,
    forMs: 1000,
    cluster: 'b',
    spec: await shippedSpec(kind),
  }
  const folder = mkdtempSync(join(tmpdir(), 'aftershock-region-b-'))
  const clock = new VirtualClock()
  const lines: JournalLine[] = []
  const before = [stateOf(a), stateOf(b)]
  let during: string[] = []
  try {
    using journal = Journal.create(join(folder, 'journal.jsonl'), clock)
    journal.onLine(line => {
      lines.push(line)
      if (line.kind === 'fault.proven') during = [stateOf(a), stateOf(b)]
    })
    const second = fakeDriver(b, THREE_ZONES_AND_STORE, fault.needs)
    const driver = { ...fakeDriver(a, THREE_ZONES_AND_STORE, fault.needs), second }
    const context = { driver, journal, clock, random: seededRandom(1), signal: new AbortController().signal }
    const outcome = await clock.run(liveThroughFault(fault, entry, context, Promise.resolve()))
    return { outcome, lines, before, during, after: [stateOf(a), stateOf(b)] }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const OF_A_CLUSTER = [...FAULTS.values()].filter(({ needs }) =>
  needs.every(need => CLUSTER_CAPABILITIES.has(need)),
)

describe('a fault in region b', () => {
  it('is any that touches brokers, disks, settings, links or the store, and none of clients or of both regions', () => {
    const kinds = OF_A_CLUSTER.map(({ kind }) => kind)
    for (const kind of [
      'broker-kill',
      'broker-hang',
      'broker-replace',
      'zone-cut',
      'link-latency',
      's3-outage',
    ])
      assert.ok(kinds.includes(kind), kind)
    for (const kind of [
      'gateway-outage',
      'sink-outage',
      'processor-kill',
      'region-cut',
      'mirror-kill',
      'hook',
    ])
      assert.ok(!kinds.includes(kind), kind)
  })

  for (const { kind } of OF_A_CLUSTER)
    it(`${kind}: is done, proven and healed there, and region a is as it was`, async () => {
      const { outcome, lines, before, during, after } = await live(kind)
      assert.deepEqual([outcome.proven, outcome.healed], [true, true])
      assert.equal(during[0], before[0])
      assert.equal(after[0], before[0])
      const intended = lines.find(line => line.kind === 'fault.intended')
      assert.equal(intended?.cluster, 'b')
      assert.match(intended?.summary ?? '', /^in region b: /)
    })

  it('is not proven by region b where nothing happens there', async () => {
    assert.equal((await live('broker-kill', false)).outcome.proven, false)
  })

  it('is refused where there is no region b', async () => {
    const clock = new VirtualClock()
    const driver = fakeDriver(fakeWorld())
    const entry: FaultEntry = {
      id: 'one',
      role: 'fault',
      kind: 'broker-kill',
      atMs: 0,
      forMs: 1000,
      cluster: 'b',
      spec: await shippedSpec('broker-kill'),
    }
    const context = { driver, clock, random: seededRandom(1), signal: new AbortController().signal }
    await assert.rejects(
      liveThroughFault(
        faultOf('broker-kill'),
        entry,
        { ...context, journal: null as never },
        Promise.resolve(),
      ),
      /there is no region b/,
    )
  })
})
