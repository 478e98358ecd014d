import type { Hands } from '../actions/action.ts'
import type { Clock } from '../core/clock.ts'
import type { StartedEnvironment } from '../drivers/environment.ts'
import { usesObjectStore } from '../platforms/index.ts'
import { governedReplays } from './governed-replay.ts'
import { handsOf, personOf } from './hands.ts'
import { plainReplays } from './plain-replay.ts'
import { RegionMoves } from './region-moves.ts'
import { ReleaseMoves } from './release-moves.ts'
import { repair } from './repair.ts'
import type { RunClients } from './run-clients.ts'
import type { RunContext } from './run-context.ts'
import { type ReplayStatements, stateReplay } from './state-replay.ts'

/** What a run lends to its actions: its clients, its environment, and who is at the terminal. */
export function lendHands(context: RunContext, place: StartedEnvironment, clients: RunClients): Hands {
  const { options, drill, journal, clock, live } = context
  const { driver, readers } = clients
  const replaying = { drill, driver, readers, journal, clock, live, ...stateReplays(context, place) }
  return handsOf({
    clock,
    runDir: options.runDir,
    replay: plainReplays({ ...replaying, limitReads: place.limitReads }),
    repair: repairOneByOne(clients, clock),
    governedReplay: governedReplays(replaying),
    moveRegion: moveRegions(clients, context, place),
    changeRelease: changeReleases(clients, context),
    tell: line => options.watch.progress(line),
  })
}

/** What replays have before them, asked past everything that is measured. */
function stateReplays(
  { options, drill, clock }: RunContext,
  { admin, logSizes, driver }: StartedEnvironment,
): ReplayStatements {
  const { contract } = drill
  const mayBeCold = usesObjectStore(options.environment.outline.platform)
  const about = { admin, logSizes, contract, mayBeCold, clock, brokers: driver.topology.nodes.length }
  return { state: of => stateReplay({ ...about, ...of }) }
}

/** One job at a time, each with a history of its own. */
function repairOneByOne({ connectors, readers }: RunClients, clock: Clock): Hands['repair'] {
  let number = 0
  return async (connector, signal) => {
    if (!connectors) return { ok: false, result: { error: 'the run has no sinks into a database' } }
    number++
    return repair(connector, { connectors, place: readers.jobPlace, clock, number }, signal)
  }
}

function moveRegions(
  { regions, fleet, readers, driver, processor, connectors }: RunClients,
  { options, drill, clock, journal, live }: RunContext,
  { dial }: StartedEnvironment,
): Hands['moveRegion'] {
  const spec = drill.regions
  if (!regions || !spec) return async () => ({ ok: false, result: { error: 'the run has one region' } })
  const leaderOf = (topic: string, partition: number) => live.leaderOf(topic, partition)
  const all = new RegionMoves({
    spec,
    regions,
    regionA: { topology: driver.topology, dial, leaderOf },
    fleet,
    readers,
    processor,
    connectors,
    clock,
    record: event => void journal.append(event),
    person: personOf({ clock, runDir: options.runDir, tell: line => options.watch.progress(line) }),
  })
  return (order, signal) => all.run(order, signal)
}

function changeReleases({ driver }: RunClients, { clock, journal }: RunContext): Hands['changeRelease'] {
  const { releases: port } = driver
  if (!port) return async () => ({ ok: false, result: { error: 'brokers have one release' } })
  const made = new ReleaseMoves({
    driver,
    releases: port,
    clock,
    record: event => void journal.append(event),
  })
  return (order, signal) => made.run(order, signal)
}
