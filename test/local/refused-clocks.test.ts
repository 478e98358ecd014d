import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fleetSchema } from '../../chaos/core/drill.ts'
import type { HistoryLine } from '../../chaos/record/history.ts'
import { seededRandom } from '../../chaos/core/random.ts'
import type { Topology } from '../../chaos/core/topology.ts'
import { waitFor } from '../../chaos/core/wait.ts'
import { loadDrill } from '../../chaos/drill/load-drill.ts'
import { startFleet } from '../../chaos/fleet/fleet.ts'
import { fleetTopics } from '../../chaos/fleet/streams.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { refusingLeader } from './refusing-leader.ts'

describe('a fleet of which one device in fifty has a clock that is two hours ahead', function () {
  this.timeout(60_000)
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'aftershock-clocks-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('has the records of all others stored by a leader that refuses such batches, over real sockets', async () => {
    const { drill } = await loadDrill('first')
    const topics = Object.fromEntries(
      fleetTopics(drill.contract).map(({ topic, partitions }) => [topic, partitions]),
    )
    await using leader = await refusingLeader(topics, 3_600_000)
    const topology: Topology = {
      zones: ['az-a'],
      nodes: [{ id: 1, zone: 'az-a', host: leader.address.host }],
      links: [],
    }
    const counts = { acked: 0, refused: 0, unknown: 0 }
    {
      await using fleet = await startFleet({
        spec: fleetSchema.parse({
          devices: 50,
          gatewaysPerZone: 1,
          telemetry: { intervalMs: 200 },
          timestamps: 'event',
          clocks: { share: 0.02, offset: '2h' },
          acks: 1,
        }),
        contract: drill.contract,
        topology,
        dial: () => leader.address,
        clock: systemClock,
        random: seededRandom(1),
        historyDir: folder,
        leaderOf: () => 1,
        onTrouble: message => assert.fail(message),
      })
      const take = () => {
        const sample = fleet.take()
        counts.acked += sample.acked
        counts.refused += sample.refused ?? 0
        counts.unknown += sample.unknown
        return counts
      }
      await waitFor('records to be refused and stored', () => take().refused >= 5 && counts.acked >= 200, {
        clock: systemClock,
        deadlineMs: 40_000,
        lastSeen: () => JSON.stringify(counts),
      })
      fleet.stopGenerating()
      assert.equal(await fleet.drain(15_000), 0, 'everything was delivered or given up')
      take()
    }
    const lines = readdirSync(folder).flatMap(name =>
      readFileSync(join(folder, name), 'utf8')
        .trim()
        .split('\n')
        .map(line => JSON.parse(line) as HistoryLine),
    )
    const sent = new Map(lines.flatMap(line => (line.kind === 'invoke' ? [[line.op, line.parts]] : [])))
    const ids = (wanted: string) =>
      lines.flatMap(line => {
        const parts = line.kind === 'ok' || line.kind === 'settled' ? (sent.get(line.op) ?? []) : []
        return parts.flatMap(([, , , records], i) => {
          const outcome = line.kind === 'ok' ? 'acked' : line.kind === 'settled' ? line.parts[i]?.[0] : null
          return outcome === wanted && (wanted === 'acked' || records.length === 1) ? records : []
        })
      })
    const given = ids('refused')
    assert.equal(new Set(given.map(id => id.split('/')[0])).size, 1, 'one device')
    assert.equal(given.length, counts.refused)
    assert.deepEqual(ids('acked').toSorted(), leader.stored.toSorted())
    assert.equal(counts.acked, leader.stored.length)
    assert.equal(counts.unknown, 0)
    assert.equal(new Set(leader.stored.map(id => id.split('/')[0])).size, 49)
    assert.deepEqual([...leader.acks], [1])
  })
})
