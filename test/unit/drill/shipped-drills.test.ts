import assert from 'node:assert/strict'
import type { Drill, FaultEntry } from '../../../chaos/core/drill.ts'
import { loadDrill } from '../../../chaos/drill/load-drill.ts'
import { neededCapabilities } from '../../../chaos/drill/capabilities.ts'
import { DUE_SEGMENT_MS, labTier } from '../../../chaos/drivers/local/lab/lab-topics.ts'
import { shippedDrills } from '../../../chaos/drill/shipped-drills.ts'

const faultsOf = (drill: Drill): FaultEntry[] => drill.timeline.filter(entry => entry.role === 'fault')
const endOf = (entry: FaultEntry): number => entry.atMs + (entry.forMs ?? Number.POSITIVE_INFINITY)

/** These ask what a replay meets while the store is away, or slow. */
const COLD_READS: ReadonlyMap<string, readonly [kind: string, mode: string | undefined]> = new Map([
  ['tier-away-cold-read', ['s3-outage', 'silent']],
  ['tier-away-cold-read-refuse', ['s3-outage', 'refuse']],
  ['tier-slow-cold-read', ['s3-latency', undefined]],
])

describe('the drills that are shipped', () => {
  it('all load, have a baseline first, heal what they break, and replay afterwards', async () => {
    const names = await shippedDrills()
    assert.ok(names.includes('first'))
    for (const name of names) {
      const { drill } = await loadDrill(name)
      const [first] = drill.timeline
      const faults = faultsOf(drill)
      const replay = drill.timeline.at(-1)
      assert.ok(first && first.atMs >= 10_000, `${name}: a baseline of 10 s`)
      // Of two regions, all that both have is read when the run ends.
      if (drill.regions) continue
      const kind = drill.security ? 'governed-replay' : 'replay'
      assert.ok(replay?.role === 'action' && replay.kind === kind, `${name}: a replay at the end`)
      if (COLD_READS.has(name)) continue
      assert.ok(
        faults.every(fault => endOf(fault) < replay.atMs),
        `${name}: healed before the replay`,
      )
    }
  })

  it('read history while the store is away where that is what they ask, silent, refused or slow, and judge the stall and that it was cold', async () => {
    for (const [name, [kind, mode]] of COLD_READS) {
      const { drill } = await loadDrill(name)
      const [fault, ...more] = faultsOf(drill)
      const [replay, ...others] = drill.timeline.filter(entry => entry.kind === 'replay')
      // What is stored is compared with what the last replay read: another one before it could not be judged.
      assert.deepEqual([more, others, fault?.kind, fault?.spec.mode], [[], [], kind, mode])
      assert.ok(fault && replay && replay.atMs > fault.atMs && replay.atMs + 10_000 <= endOf(fault), name)
      const stall = drill.gates.find(({ gate }) => gate === 'replay-longest-stall-seconds')
      assert.ok(stall?.atMost !== undefined && stall.reportOnly !== true)
      const cold = drill.gates.find(({ gate }) => gate === 'replay-cold-records')
      assert.ok((cold?.atLeast ?? 0) > 0 && cold?.reportOnly !== true, `${name}: nothing cold would pass`)
    }
  })

  it('break the object store for longer than a segment stays open, so that something is due for it meanwhile', async () => {
    for (const name of await shippedDrills()) {
      const { drill } = await loadDrill(name)
      const faults = faultsOf(drill).filter(({ kind }) => kind.startsWith('s3-'))
      assert.equal(
        labTier(neededCapabilities(drill)).segmentMs,
        faults.length > 0 ? DUE_SEGMENT_MS : undefined,
        name,
      )
      for (const fault of faults) {
        // Brokers look for closed segments every two seconds, and a segment is closed by the record after its time.
        const dueMs = DUE_SEGMENT_MS + 4000
        assert.ok((fault.forMs ?? Number.POSITIVE_INFINITY) > dueMs, `${name}: ${fault.id}`)
      }
    }
  })

  it('all promise that nothing acknowledged is lost', async () => {
    for (const name of await shippedDrills()) {
      const { drill } = await loadDrill(name)
      const promised = drill.gates.filter(gate => gate.atMost === 0).map(gate => gate.gate)
      // A device whose region is lost has gaps where the mirror was behind: what may be lost is stated by its bounds.
      const order = drill.regions?.bounds ? 'region-lost-everywhere-records' : 'device-gap'
      for (const gate of ['acked-loss', order, 'failed-but-stored'])
        assert.ok(promised.includes(gate), `${name}: ${gate}`)
    }
  })

  it('begin with one that fits five minutes, sends 2,000 records a second, and gives each fault time to pass', async () => {
    const { drill } = await loadDrill('first')
    const faults = faultsOf(drill)
    assert.deepEqual(
      faults.map(fault => fault.kind),
      ['broker-kill', 'link-latency', 'zone-cut'],
    )
    for (const [index, fault] of faults.entries()) {
      const next = faults[index + 1]
      if (next) assert.ok(next.atMs - endOf(fault) >= 25_000)
    }
    assert.ok((drill.timeline.at(-1)?.atMs ?? 0) + drill.settleMs <= 150_000)
    assert.ok(drill.fleet.devices >= 2000)
    assert.ok((drill.fleet.devices * 1000) / drill.fleet.telemetry.intervalMs >= 2000)
  })
})
