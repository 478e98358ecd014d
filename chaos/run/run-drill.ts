import { join } from 'node:path'
import type { Hands } from '../actions/action.ts'
import type { Clock } from '../core/clock.ts'
import type { ProcessIdentity } from '../core/process-identity.ts'
import { driverOf } from '../drivers/driver-of.ts'
import type { StartedEnvironment } from '../drivers/environment.ts'
import { platformOf, usesObjectStore } from '../platforms/index.ts'
import { seededRandom } from '../core/random.ts'
import { neededCapabilities } from '../drill/capabilities.ts'
import { Journal } from '../record/journal.ts'
import { startFleet } from '../fleet/fleet.ts'
import { identityOf } from '../machine/process-table.ts'
import { checkDrill } from './check-drill.ts'
import { leadersFor } from './give-leaders.ts'
import { keepRegions } from './keep-regions.ts'
import { startGuardian } from './guardian-client.ts'
import { governedReplays } from './governed-replay.ts'
import { handsOf, personOf } from './hands.ts'
import { JournalState } from './journal-state.ts'
import { LiveState } from './live-state.ts'
import { makeRunFolder, writeHeader } from './prepare.ts'
import { machineSampler } from './machine-sampler.ts'
import { notSteady } from './not-steady.ts'
import { plainReplays } from './plain-replay.ts'
import { openReaders } from './readers.ts'
import { RegionMoves } from './region-moves.ts'
import { clockFromZero } from './run-clock.ts'
import { ReleaseMoves } from './release-moves.ts'
import { repair } from './repair.ts'
import { type RunClients, startClients } from './run-clients.ts'
import type { RunContext, RunOptions, RunOutcome, RunParts } from './run-context.ts'
import { endRun } from './run-end.ts'
import { type ReplayStatements, stateReplay } from './state-replay.ts'
import { openBaseline } from './steady-baseline.ts'
import { watchSteadyState } from './steady-state.ts'
import { waitForAge, waitForTarget } from './target-ready.ts'
import { Teardown } from './teardown.ts'
import { playTimeline, type TimelineOutcome } from './timeline.ts'

const REAL_PARTS: RunParts = { startGuardian, startFleet, openReaders }
const STEADY_DEADLINE_MS = 90_000
const DRAIN_DEADLINE_MS = 60_000
const DRAW_EVERY_MS = 500

/**
 * One run of one drill, from the checks to the last byte of evidence; judging comes after, from the files. Whatever
 * happens, every fault is healed and everything that was started is ended before it returns.
 * @throws AftershockError `refused` or `unavailable` when the drill may not or cannot begin.
 */
export async function runDrill(given: RunOptions): Promise<RunOutcome> {
  // The place may end a run too: by its switch, for example.
  const over = new AbortController()
  const options = { ...given, signal: AbortSignal.any([given.signal, over.signal]) }
  const { loaded, run, runDir, seed, environment, commit, signal, watch, allowCommands } = options
  const { parts = REAL_PARTS } = options
  await checkDrill(loaded, environment.outline, { seed, allowCommands })
  makeRunFolder(runDir)
  const clock = clockFromZero(options.clock)
  const runner = identityOf(process.pid) as ProcessIdentity
  using journal = Journal.create(join(runDir, 'journal.jsonl'), clock)
  journal.onLine(line => watch.journal(line))
  const state = new JournalState()
  journal.onLine(line => state.read(line))
  const guardian = parts.startGuardian(runDir)
  const teardown = new Teardown(clock)
  let outcome: TimelineOutcome = { aborted: false, interrupted: false, unhealed: [] }
  let failure: unknown
  try {
    const about = { run, loaded, seed, environment, runner, guardian: guardian.identity, clock, commit }
    const { drill } = writeHeader(runDir, about)
    journal.append({ kind: 'run.started', run, drill: drill.drill, seed, runner })
    outcome = await play({
      options,
      over,
      parts,
      drill,
      runner,
      journal,
      clock,
      teardown,
      live: new LiveState(),
      state,
    })
  } catch (error) {
    failure = error
  }
  const progress = (line: string) => watch.progress(line)
  const ended = await endRun({
    runDir,
    journal,
    teardown,
    guardian,
    clock,
    signal,
    progress,
    outcome,
    failure,
  })
  if (over.signal.aborted && !given.signal.aborted) throw over.signal.reason
  return { ...ended, unhealed: [...ended.unhealed, ...state.left()], runDir }
}

async function play(context: RunContext): Promise<TimelineOutcome> {
  const { options, over, drill, runner, journal, clock, teardown, live, state } = context
  const { run, runDir, seed, environment, signal, watch } = options
  const { outline } = environment
  const progress = (line: string) => watch.progress(line)
  const topics = outline.topics(drill.contract, neededCapabilities(drill))
  const place = await environment.open({
    run,
    runDir,
    drill,
    runner,
    topics,
    clock,
    record: event => void journal.append(event),
    held: () => state.heldNodes(),
    progress,
    signal,
    stop: why => over.abort(why),
    endings: teardown,
  })
  const clients = await startClients(context, place, topics, state)
  const { driver, readers } = clients
  const viewing = view(context)
  await warmUp(context)
  const waiting = { clock, leastAgeMs: platformOf(outline.platform).failoverAgeMs }
  if (drill.timeline.some(entry => entry.role === 'fault')) {
    const onWait = (why: string) => void journal.append({ kind: 'timeline.waiting', why })
    await waitForAge(driver, { ...waiting, signal, onWait })
  }
  const baseline = await openBaseline({ drill, journal, clock, live, signal, watch })
  progress('proving the steady state')
  const steady = { clock, deadlineMs: STEADY_DEADLINE_MS, signal, baseline }
  const machine = machineSampler()
  machine(clock.now())
  const before = await watchSteadyState(drill.steadyState, live, steady)
  journal.append({ kind: 'steady-state', when: 'before', ...before })
  if (before.verdict !== 'pass') throw notSteady(before, machine(clock.now()))
  const replaying = { drill, driver, readers, journal, clock, live, ...statements(context, place) }
  const played = await playTimeline({
    drill,
    driver,
    journal,
    clock,
    random: seededRandom(seed).fork('faults'),
    live,
    signal,
    whenReady: (nodes, onWait, ended, cluster) =>
      waitForTarget(driverOf(driver, cluster), nodes, {
        ...waiting,
        signal: ended,
        onWait,
        held: () => state.heldNodes(cluster),
        // Elsewhere the controller has leaders go home.
        ...(cluster !== 'b' &&
          platformOf(outline.platform).copies === 'one' && { giveLeaders: leadersFor(place, journal) }),
      }),
    hands: handsOf({
      clock,
      runDir,
      replay: plainReplays({ ...replaying, limitReads: place.limitReads }),
      repair: repairs(clients, clock),
      governedReplay: governedReplays(replaying),
      moveRegion: moves(clients, context, place),
      changeRelease: releases(clients, context),
      tell: progress,
    }),
  })
  const grants = state.openGrants().map(({ id }) => id)
  const outcome = { ...played, unhealed: [...played.unhealed, ...grants] }
  if (outcome.interrupted) return outcome
  progress('watching whether the steady state returns')
  const after = await watchSteadyState(drill.steadyState, live, steady)
  journal.append({ kind: 'steady-state', when: 'after', ...after })
  journal.append({ kind: 'timeline.ended' })
  await collect(context, clients)
  viewing.abort()
  return outcome
}

/** What replays have before them, asked past everything that is measured. */
function statements(
  { options, drill, clock }: RunContext,
  { admin, logSizes, driver }: StartedEnvironment,
): ReplayStatements {
  const { contract } = drill
  const mayBeCold = usesObjectStore(options.environment.outline.platform)
  const about = { admin, logSizes, contract, mayBeCold, clock, brokers: driver.topology.nodes.length }
  return { state: of => stateReplay({ ...about, ...of }) }
}

/** One job at a time, each with a history of its own. */
function repairs({ connectors, readers }: RunClients, clock: Clock): Hands['repair'] {
  let number = 0
  return async (connector, signal) => {
    if (!connectors) return { ok: false, result: { error: 'the run has no sinks into a database' } }
    number++
    return repair(connector, { connectors, place: readers.jobPlace, clock, number }, signal)
  }
}

function moves(
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

function releases({ driver }: RunClients, { clock, journal }: RunContext): Hands['changeRelease'] {
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

/** Cold virtual machines cost more than most faults: what they do first is not what is compared. */
async function warmUp({ options, drill, journal, clock }: RunContext): Promise<void> {
  if (drill.warmUpMs === 0) return
  journal.append({ kind: 'warm-up.started', forMs: drill.warmUpMs })
  await clock.sleep(drill.warmUpMs, options.signal)
  journal.append({ kind: 'warm-up.ended' })
}

/** Lets the fleet deliver what it holds, then reads every partition whole. */
async function collect(
  { options, drill, clock, journal, live }: RunContext,
  { fleet, readers, connector, connectors, processor, regions }: RunClients,
): Promise<void> {
  const { signal, watch } = options
  fleet.stopGenerating()
  journal.append({ kind: 'fleet.stopped', buffered: live.fleet?.buffered ?? 0 })
  journal.append({ kind: 'fleet.drained', buffered: await fleet.drain(DRAIN_DEADLINE_MS) })
  if (connector) journal.append(await connector.drain(signal, line => watch.progress(line)))
  if (connectors) journal.append(await connectors.drain(signal, line => watch.progress(line)))
  if (processor) journal.append(await processor.drain(signal, line => watch.progress(line)))
  watch.progress('reading every partition whole')
  journal.append({ kind: 'final-read', ...(await readers.finalRead(signal)) })
  if (regions && drill.regions)
    journal.append(await keepRegions({ ...options, clock, regions, readers, spec: drill.regions }))
}

function view({ options, drill, clock, teardown, live }: RunContext): AbortController {
  const stop = new AbortController()
  teardown.add('the view', () => stop.abort())
  const loop = async () => {
    while (!stop.signal.aborted) {
      options.watch.live(live, clock, drill)
      await clock.sleep(DRAW_EVERY_MS, stop.signal)
    }
  }
  loop().catch(() => {})
  return stop
}
