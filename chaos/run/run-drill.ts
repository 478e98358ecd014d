import { join } from 'node:path'
import { AftershockError } from '../core/errors.ts'
import type { ProcessIdentity } from '../core/process-identity.ts'
import { driverOf } from '../drivers/driver-of.ts'
import { platformOf } from '../platforms/index.ts'
import { seededRandom } from '../core/random.ts'
import { neededCapabilities } from '../drill/capabilities.ts'
import { Journal } from '../record/journal.ts'
import { startFleet } from '../fleet/fleet.ts'
import { identityOf } from '../machine/process-table.ts'
import { checkDrill } from './check-drill.ts'
import { leadersFor } from './give-leaders.ts'
import { keepRegions } from './keep-regions.ts'
import { startGuardian } from './guardian-client.ts'
import { JournalState } from './journal-state.ts'
import { LiveState } from './live-state.ts'
import { makeRunFolder, writeHeader } from './prepare.ts'
import { machineSampler } from './machine-sampler.ts'
import { lendHands } from './lend-hands.ts'
import { notSteady } from './not-steady.ts'
import { openReaders } from './readers.ts'
import { clockFromZero } from './run-clock.ts'
import { type RunClients, startClients } from './run-clients.ts'
import type { RunContext, RunOptions, RunOutcome, RunParts } from './run-context.ts'
import { endRun } from './run-end.ts'
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
  const calledOff = new AbortController()
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
    abort: why => calledOff.abort(new AftershockError('interrupted', why)),
    endings: teardown,
  })
  const clients = await startClients(context, place, topics, state)
  const { driver } = clients
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
  const played = await playTimeline({
    drill,
    driver,
    journal,
    clock,
    random: seededRandom(seed).fork('faults'),
    live,
    signal,
    calledOff: calledOff.signal,
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
    hands: lendHands(context, place, clients),
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
