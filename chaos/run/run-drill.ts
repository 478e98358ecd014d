import { join } from 'node:path'
import type { Clock } from '../core/clock.ts'
import type { Drill } from '../core/drill.ts'
import { AftershockError, messageOf } from '../core/errors.ts'
import type { ProcessIdentity } from '../core/process-identity.ts'
import type { JournalLine, ReaderEvent } from '../record/journal-events.ts'
import { isShared, type Platform, type PlatformSoftware } from '../core/platform.ts'
import { seededRandom } from '../core/random.ts'
import type { RunHeader } from '../record/run-header.ts'
import type { StartedLab } from '../drivers/local/lab.ts'
import { type LabLayout, withConnector } from '../drivers/local/lab-layout.ts'
import { LinkMeter } from '../drivers/local/link-meter.ts'
import { restartBrokers } from '../drivers/local/restart-policy.ts'
import { type LocalDriver, localDriver } from '../drivers/local/local-driver.ts'
import { identityOf } from '../drivers/local/process-table.ts'
import type { ConnectDistribution } from '../drivers/local/setup/connect.ts'
import type { LabSoftware } from '../drivers/local/setup/lab.ts'
import type { LoadedDrill } from '../drill/load-drill.ts'
import { Journal } from '../record/journal.ts'
import { type StartedFleet, startFleet } from '../fleet/fleet.ts'
import { clientIdsOf } from './client-ids.ts'
import { keepConfiguration } from './configuration.ts'
import { openConnector, type RunConnector } from './connector.ts'
import { closeOwnedLab, leaveStandingLab, openEnvironment } from './environment.ts'
import { startGuardian } from './guardian-client.ts'
import { handsOf } from './hands.ts'
import { heldNodes } from './held-nodes.ts'
import { LiveState } from './live-state.ts'
import { refuseUnfitTargets } from './plan.ts'
import { localCapabilities, makeRunFolder, refuseMissingCapabilities, writeHeader } from './prepare.ts'
import { openReaders, type Readers } from './readers.ts'
import { endRun } from './run-end.ts'
import { clockFromZero } from './run-clock.ts'
import {
  connectorSampler,
  consumerSampler,
  environmentSamplers,
  fleetSampler,
  type SamplerContext,
} from './samplers.ts'
import { openBaseline } from './steady-baseline.ts'
import { refuseCommands } from './refuse-commands.ts'
import { watchSteadyState } from './steady-state.ts'
import { waitForAge, waitForTarget } from './target-ready.ts'
import { Teardown } from './teardown.ts'
import { playTimeline, type TimelineOutcome } from './timeline.ts'
import { createTopics } from './topics.ts'

export interface RunOptions {
  readonly loaded: LoadedDrill
  readonly run: string
  readonly runDir: string
  readonly seed: string
  readonly layout: LabLayout
  readonly platform: Platform
  /** What the platform is made of; of a lab that stays, by its state. */
  readonly made: PlatformSoftware
  /** null: attach to the lab that stays. */
  readonly software: LabSoftware | null
  /** Of drills with a connector. */
  readonly connect: ConnectDistribution | null
  readonly clock: Clock
  /** Aborted by Ctrl-C or SIGTERM; its reason is an Error that says which. */
  readonly signal: AbortSignal
  readonly watch: RunWatcher
  /** Whether programs that the drill names may run. */
  readonly allowCommands: boolean
}

/** Who looks on: the live view, or plain lines. */
export interface RunWatcher {
  progress(line: string): void
  journal(line: JournalLine): void
  live(live: LiveState, clock: Clock, drill: Drill): void
}

export interface RunOutcome extends TimelineOutcome {
  readonly runDir: string
}

const STEADY_DEADLINE_MS = 90_000
const DRAIN_DEADLINE_MS = 60_000
/** Brokers have 8 s and then 10 more, the links' totals 10 s, and each of three more processes 13 s. */
const LAB_END_MS = 120_000

/**
 * One run of one drill, from the capability check to the last byte of evidence; judging comes after, from the
 * files. Whatever happens, every fault is healed and everything that was started is ended before it returns.
 * @throws AftershockError `refused` or `unavailable` when the drill may not or cannot begin.
 */
export async function runDrill(options: RunOptions): Promise<RunOutcome> {
  refuseMissingCapabilities(options.loaded, localCapabilities(options.platform))
  await refuseUnfitTargets(options.loaded.drill, options.seed, options.platform)
  refuseCommands(options.loaded, options.allowCommands)
  makeRunFolder(options.runDir)
  const clock = clockFromZero(options.clock)
  const runner = identityOf(process.pid) as ProcessIdentity
  using journal = Journal.create(join(options.runDir, 'journal.jsonl'), clock)
  journal.onLine(line => options.watch.journal(line))
  const guardian = startGuardian(options.runDir)
  const teardown = new Teardown(clock)
  let outcome: TimelineOutcome = { aborted: false, interrupted: false, unhealed: [] }
  let failure: unknown
  try {
    const { run, loaded, seed, layout, platform, made, software } = options
    const versions = {
      ...(software && { kafka: software.kafka.version, toxiproxy: software.toxiproxy.version }),
      ...(options.connect && { connect: options.connect.version }),
    }
    const ownsLab = software !== null
    const header = await writeHeader(options.runDir, {
      run,
      loaded,
      seed,
      layout,
      platform,
      software: made,
      ownsLab,
      runner,
      guardian: guardian.identity,
      clock,
      versions,
    })
    journal.append({ kind: 'run.started', run, drill: loaded.drill.drill, seed, runner })
    outcome = await new Run(options, header, journal, clock, teardown).play()
  } catch (error) {
    failure = error
  }
  const { runDir, signal, watch } = options
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
  return { ...ended, runDir }
}

/** The middle of a run: each step adds what ends it to the teardown before the next begins. */
class Run {
  private readonly options: RunOptions
  private readonly drill: Drill
  private readonly journal: Journal
  private readonly clock: Clock
  private readonly teardown: Teardown
  private readonly live = new LiveState()

  constructor(options: RunOptions, header: RunHeader, journal: Journal, clock: Clock, teardown: Teardown) {
    this.options = options
    this.drill = header.drill
    this.journal = journal
    this.clock = clock
    this.teardown = teardown
  }

  async play(): Promise<TimelineOutcome> {
    const { drill, live, clock, journal } = this
    const { signal, watch } = this.options
    const lab = await this.openLab()
    const { driver, fleet, readers } = await this.startClients(lab)
    const viewing = this.view()
    await this.warmUp()
    await this.comeOfAge(driver)
    const baseline = await openBaseline({ drill, journal, clock, live, signal, watch })
    watch.progress('proving the steady state')
    const steady = { clock, deadlineMs: STEADY_DEADLINE_MS, signal, baseline }
    const before = await watchSteadyState(drill.steadyState, live, steady)
    journal.append({ kind: 'steady-state', when: 'before', ...before })
    if (before.verdict !== 'pass') throw notSteady(before)
    const held = heldNodes(journal)
    const outcome = await playTimeline({
      drill,
      driver,
      journal,
      clock,
      random: seededRandom(this.options.seed).fork('faults'),
      live,
      signal,
      whenReady: (nodes, onWait, ended) =>
        waitForTarget(driver, nodes, {
          clock,
          signal: ended,
          onWait,
          held,
          shared: isShared(this.options.platform),
        }),
      hands: handsOf({
        clock,
        runDir: this.options.runDir,
        replay: ended => readers.replay(ended),
        tell: line => watch.progress(line),
      }),
    })
    if (outcome.interrupted) return outcome
    watch.progress('watching whether the steady state returns')
    const after = await watchSteadyState(drill.steadyState, live, steady)
    journal.append({ kind: 'steady-state', when: 'after', ...after })
    journal.append({ kind: 'timeline.ended' })
    await this.collect(fleet, readers)
    viewing.abort()
    return outcome
  }

  /** Cold virtual machines cost more than most faults: what they do first is not what is compared. */
  private async warmUp(): Promise<void> {
    const { drill, journal, clock } = this
    if (drill.warmUpMs === 0) return
    journal.append({ kind: 'warm-up.started', forMs: drill.warmUpMs })
    await clock.sleep(drill.warmUpMs, this.options.signal)
    journal.append({ kind: 'warm-up.ended' })
  }

  private async comeOfAge(driver: LocalDriver): Promise<void> {
    const { clock, journal, drill } = this
    const { signal, platform } = this.options
    if (!drill.timeline.some(entry => entry.role === 'fault')) return
    const onWait = (why: string) => void journal.append({ kind: 'timeline.waiting', why })
    await waitForAge(driver, { clock, signal, shared: isShared(platform), onWait })
  }

  private async openLab(): Promise<StartedLab> {
    const { layout, software, signal, watch, runDir } = this.options
    const { clock, journal, drill } = this
    const runner = identityOf(process.pid) as ProcessIdentity
    const opened = await openEnvironment({
      layout,
      timeouts: drill.kafka.timeouts,
      platform: this.options.platform,
      runner,
      runDir,
      topics: Object.keys(drill.contract.topics),
      software,
      journal,
      clock,
      progress: line => watch.progress(line),
      signal,
    })
    const lab = drill.connector
      ? { ...opened, layout: withConnector(opened.layout, drill.connector.zone) }
      : opened
    const meter = await this.openMeter(lab.layout, software !== null)
    this.meter = meter
    this.teardown.add(
      'the lab',
      () => (software ? closeOwnedLab : leaveStandingLab)(lab, runDir, meter, clock),
      LAB_END_MS,
    )
    await keepConfiguration({
      runDir,
      lab,
      contract: drill.contract,
      timeline: drill.timeline,
      env: process.env,
    })
    const restarts = restartBrokers(lab, {
      held: heldNodes(journal),
      onEvent: event => void journal.append(event),
    })
    this.teardown.add('the restart policy', () => restarts.stop())
    this.connector = await openConnector({
      ...this.options,
      drill,
      lab,
      meter,
      clock,
      teardown: this.teardown,
    })
    return lab
  }

  private meter: LinkMeter | null = null
  private connector: RunConnector | null = null

  private async openMeter(layout: LabLayout, fresh: boolean): Promise<LinkMeter | null> {
    const meter = new LinkMeter(layout, fresh)
    try {
      await meter.sample()
      return meter
    } catch (error) {
      this.journal.append({ kind: 'sampler.failed', sampler: 'links', error: messageOf(error) })
      return null
    }
  }

  private async startClients(
    lab: StartedLab,
  ): Promise<{ driver: LocalDriver; fleet: StartedFleet; readers: Readers }> {
    const { drill, live, clock, journal, teardown } = this
    const { runDir, layout, signal, watch } = this.options
    const onFailure = (sampler: string, error: string) =>
      void journal.append({ kind: 'sampler.failed', sampler, error })
    const context = { runDir, clock, live, onFailure }
    const plain = localDriver(lab)
    teardown.add('the cluster probe', () => plain[Symbol.dispose]())
    watch.progress('making the topics')
    const { topics: earlier = [] } = lab.supervisor.state
    lab.supervisor.update({ topics: [...new Set([...earlier, ...Object.keys(drill.contract.topics)])] })
    journal.append(
      await createTopics({
        earlier,
        contract: drill.contract,
        timeline: drill.timeline,
        platform: this.options.platform,
        driver: plain,
        direct: layout.topology.nodes.map(node => layout.directAddress(node.id)),
        clock,
      }),
    )
    for (const sampler of environmentSamplers(context, plain, this.meter))
      teardown.add('a sampler', () => sampler.stop())
    signal.throwIfAborted()
    if (this.connector) await this.startConnector(this.connector, context)
    watch.progress(`starting ${drill.fleet.devices} devices and the readers`)
    const onTrouble = (message: string) => onFailure('clients', message)
    const clientIdOf = clientIdsOf(this.options.platform)
    const { run } = this.options
    const onEvent = (event: ReaderEvent) => void journal.append(event)
    const readers = await openReaders({ drill, layout, clock, run, runDir, clientIdOf, onTrouble, onEvent })
    teardown.add('the readers', () => readers.close())
    journal.onLine(line => readers.onJournal(line))
    const fleet = await startFleet({
      spec: drill.fleet,
      contract: drill.contract,
      topology: layout.topology,
      dial: layout.dial,
      clock,
      random: seededRandom(this.options.seed).fork('fleet'),
      historyDir: join(runDir, 'history'),
      clientIdOf,
      leaderOf: (topic, partition) => live.leaderOf(topic, partition),
      onTrouble,
    })
    teardown.add('the fleet', () => fleet[Symbol.asyncDispose]())
    journal.append({
      kind: 'fleet.started',
      devices: drill.fleet.devices,
      gateways: fleet.gateways.map(gateway => gateway.name),
    })
    const samplers = [fleetSampler(context, fleet), consumerSampler(context, () => readers.samples())]
    for (const sampler of samplers) teardown.add('a sampler', () => sampler.stop())
    const driver = localDriver(lab, fleet.clients)
    teardown.add('the cluster probe', () => driver[Symbol.dispose]())
    return { driver, fleet, readers }
  }

  private async startConnector(connector: RunConnector, context: SamplerContext): Promise<void> {
    this.options.watch.progress('starting the connector')
    this.journal.append(await connector.start(this.options.signal))
    const sampler = connectorSampler(context, connector)
    this.teardown.add('a sampler', () => sampler.stop())
  }

  /** Lets the fleet deliver what it holds, then reads every partition whole. */
  private async collect(fleet: StartedFleet, readers: Readers): Promise<void> {
    const { journal } = this
    fleet.stopGenerating()
    journal.append({ kind: 'fleet.stopped', buffered: this.live.fleet?.buffered ?? 0 })
    journal.append({ kind: 'fleet.drained', buffered: await fleet.drain(DRAIN_DEADLINE_MS) })
    const { signal, watch } = this.options
    if (this.connector) journal.append(await this.connector.drain(signal, line => watch.progress(line)))
    watch.progress('reading every partition whole')
    journal.append({ kind: 'final-read', ...(await readers.finalRead(signal)) })
  }

  private view(): AbortController {
    const stop = new AbortController()
    this.teardown.add('the view', () => stop.abort())
    const loop = async () => {
      while (!stop.signal.aborted) {
        this.options.watch.live(this.live, this.clock, this.drill)
        await this.clock.sleep(500, stop.signal)
      }
    }
    loop().catch(() => {})
    return stop
  }
}

function notSteady(state: Awaited<ReturnType<typeof watchSteadyState>>): AftershockError {
  const words = state.probes
    .filter(probe => probe.holds !== 'pass')
    .map(probe => `${probe.probe} is ${probe.value ?? 'unknown'}, expected ${probe.expected}`)
  return new AftershockError('unavailable', `the steady state could not be shown: ${words.join('; ')}`, {
    hint: 'a drill begins with a healthy system; look at logs/ in the folder of the run, or lower the drill’s steadyState',
  })
}
