import assert from 'node:assert/strict'
import { join } from 'node:path'
import { fleetSchema } from '../../chaos/core/drill.ts'
import type { Address } from '../../chaos/core/network.ts'
import { seededRandom } from '../../chaos/core/random.ts'
import { waitFor } from '../../chaos/core/wait.ts'
import { loadDrill } from '../../chaos/drill/load-drill.ts'
import { labLayout } from '../../chaos/drivers/local/lab/lab-layout.ts'
import { startFleet } from '../../chaos/fleet/fleet.ts'
import { clientIdsOf } from '../../chaos/run/client-ids.ts'
import { openReaders } from '../../chaos/run/readers.ts'
import { systemClock } from '../../chaos/system-clock.ts'

/** What the test tells: where the clients of each zone dial, by `zone host`. */
export interface ZoneClients {
  readonly folder: string
  readonly addresses: Readonly<Record<string, Address>>
}

/**
 * Every kind of client that a run has, once: devices, the tail, a replay on its thread and the last read. A process of
 * its own, since a thread of a program that runs from source cannot be started from within a test.
 */
const { folder, addresses } = JSON.parse(process.argv[2] ?? '') as ZoneClients
const { drill } = await loadDrill('first')
const { topology } = labLayout(0, folder)
const dial = (zone: string, host: string) => addresses[`${zone} ${host}`] as Address
const clientIdOf = clientIdsOf('automq-router')
// A group's coordinator may still be loading: clients try again.
const onTrouble = (message: string) => void process.stderr.write(`${message}\n`)

const readers = await openReaders({
  drill: { ...drill, timeline: drill.timeline.filter(entry => entry.kind === 'replay') },
  topology,
  dial,
  clock: systemClock,
  run: 'names',
  runDir: folder,
  clientIdOf,
  onTrouble,
})
const fleet = await startFleet({
  spec: fleetSchema.parse({ devices: 60 }),
  contract: drill.contract,
  topology,
  dial,
  clock: systemClock,
  random: seededRandom(1),
  historyDir: join(folder, 'history'),
  clientIdOf,
  leaderOf: (_topic, partition) => (partition % 3) + 1,
  onTrouble,
})
let acked = 0
await waitFor('the fleet to send', () => (acked += fleet.take().acked) > 100, {
  clock: systemClock,
  deadlineMs: 30_000,
})
fleet.stopGenerating()
assert.equal(await fleet.drain(30_000), 0)
const { signal } = new AbortController()
const replay = drill.timeline.find(entry => entry.kind === 'replay')
assert.ok(replay)
assert.equal((await readers.replay(replay.id, {}, signal)).isComplete, true)
assert.ok((await readers.finalRead(signal)).records > 100)
await readers.close()
await fleet[Symbol.asyncDispose]()
