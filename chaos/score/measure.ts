import { type Random, seededRandom } from '../core/random.ts'
import { indexCells } from './cells.ts'
import { leaderMoves, measureInSync, peakUnderReplicated } from './cluster-state.ts'
import { compareAfterHealing } from './comparisons.ts'
import { replicates } from '../platforms/index.ts'
import type { Evidence } from './evidence.ts'
import { measureMet } from './fault-met.ts'
import { findTroubles } from './evidence-quality.ts'
import { measureGovernance } from './governance.ts'
import { measureFleet, measurePeaks, ownPart, producerP99 } from './fleet-load.ts'
import { phaseLatency } from './latency.ts'
import { byteMatrix, flowsWithin, measureRecoveryBytes } from './link-bytes.ts'
import { doesNotApply, notKnown } from '../record/measured.ts'
import type { FaultMeasurement, Measurements } from '../record/measurements.ts'
import { measureObservability } from './observability.ts'
import { platformBehaviour } from './platform-behaviour.ts'
import { measurePhases } from './phases.ts'
import { type RecoveryContext, measureRecovery, recoveryWindow } from './recovery.ts'
import { measureReplays } from './replay.ts'
import { findSecondOutage } from './second-outage.ts'
import { measureService, unservedAt } from './service.ts'
import { recoveredByRetry } from './resends.ts'
import { measureProcessor } from './processor.ts'
import { measureRegions } from './regions.ts'
import { measureUpgrade } from './upgrade.ts'
import { measureSinks } from './sinks.ts'
import { measureSources } from './sources.ts'
import { measureSlow } from './slow.ts'
import { NEVER } from './send-log.ts'
import { type FaultLife, type RunTimeline, type Span, heldForMs, readTimeline } from './timeline.ts'
import { measureStorm, undrainedZones } from './storm.ts'
import { tierUploadAge } from './tier-upload-age.ts'
import { findOutages } from './unavailability.ts'
import { measureMachine } from './machine-pressure.ts'
import { measureErrors } from './measure-errors.ts'
import { measureTool } from './tool-load.ts'
import { operatorStepsOf } from './operator-steps.ts'

/** Measures a run as far as its evidence goes; what is missing is named in `evidence.troubles`. */
export function measureEvidence(evidence: Evidence): Measurements {
  const { header, journal, sends } = evidence
  const timeline = readTimeline(journal.events, header.drill)
  const slow = measureSlow(evidence, timeline)
  const slowAfterMs = slow.ms
  const cells = indexCells(sends)
  // What happened before the steady state was shown is warming up, and concerns nobody.
  const within = { fromMs: timeline.steady?.fromMs ?? 0, toMs: timeline.endsAt ?? lastOutcome(evidence) }
  const outageIndex = findOutages(sends, cells, slowAfterMs, within)
  const outages = [...outageIndex.values()].flat().toSorted((a, b) => a.fromMs - b.fromMs)
  const troubles = findTroubles(evidence, timeline)
  const phases = measurePhases(evidence, timeline)
  const heldMs = heldForMs(header.drill)
  const random = seededRandom(header.seed).fork('statistics')
  const recovery = {
    log: sends,
    good: recoveredByRetry(sends),
    outages: outageIndex,
    slowAfterMs,
    zones: header.zones,
  }
  const sources = header.drill.connectors?.sources ?? []
  return {
    format: 1,
    run: header.run,
    drill: header.drill.drill,
    slowAfterMs,
    slow,
    steady: timeline.steady,
    endsAt: timeline.endsAt,
    faults: timeline.faults.map(fault => measureFault(evidence, timeline, fault, recovery, random)),
    replays: measureReplays(evidence, timeline, random),
    machine: measureMachine(evidence, playedSpan(evidence, timeline)),
    errors: measureErrors(evidence),
    tool: measureTool(evidence.tool, playedSpan(evidence, timeline)),
    operatorSteps: operatorStepsOf(timeline),
    ...measureGovernance(evidence, timeline),
    outages,
    secondOutage: findSecondOutage(outages, timeline, troubles, slowAfterMs),
    service: measureService(evidence, timeline, outages, cells),
    phases,
    platform: platformBehaviour(evidence),
    tierUploadAgeSeconds: tierUploadAge(evidence, timeline),
    ...(header.drill.connectors && { sinks: measureSinks(evidence, timeline) }),
    ...(header.drill.processor && {
      processor: measureProcessor(evidence, header.drill.processor, timeline),
    }),
    ...(header.drill.regions &&
      evidence.regions && {
        regions: measureRegions(evidence, header.drill.regions, evidence.regions, timeline),
      }),
    ...(header.drill.upgrade &&
      evidence.upgrade && {
        upgrade: measureUpgrade(evidence, {
          timeline,
          outages: outageIndex,
          histories: evidence.upgrade,
          to: header.drill.upgrade.to,
        }),
      }),
    ...(sources.length > 0 && { sources: measureSources(sources, evidence.sources, header.startedAtWallMs) }),
    observability: measureObservability(evidence, phases),
    matrix: byteMatrix(evidence),
    fleet: measureFleet(evidence, timeline),
    steadyState: journal.events.flatMap(({ event, line }) =>
      event.kind === 'steady-state'
        ? [
            {
              when: event.when,
              at: event.t,
              verdict: event.verdict,
              line,
              unserved: unservedAt(outages, { fromMs: event.t - heldMs, toMs: event.t }, slowAfterMs),
              probes: [...event.probes],
            },
          ]
        : [],
    ),
    evidence: {
      journalLines: journal.lines,
      journalHead: journal.head,
      shards: evidence.shards.map(({ file, role, lines, trouble }) => ({
        file,
        role,
        lines,
        whole: trouble === null,
      })),
      outcome: timeline.outcome,
      troubles,
    },
  }
}

const ONE_COPY = 'each record has one copy, in the object store: there are no replicas to be in sync'

function measureFault(
  whole: Evidence,
  timeline: RunTimeline,
  fault: FaultLife,
  context: Omit<RecoveryContext, 'undrained'>,
  random: Random,
): FaultMeasurement {
  // Brokers and links of region b are sampled apart; clients are the same.
  const evidence =
    fault.cluster === 'b' ? { ...whole, cluster: whole.clusterInB, links: whole.linksInB } : whole
  const { cluster, links } = evidence
  const met = measureMet(evidence, fault)
  const undrained = undrainedZones(evidence, timeline, fault.windowEndsAt ?? 0)
  const recovery = measureRecovery(fault, { ...context, undrained })
  const span =
    fault.injectedAt === null || fault.windowEndsAt === null
      ? null
      : { fromMs: fault.injectedAt, toMs: fault.windowEndsAt }
  const never = notKnown(`${fault.id} was never injected`)
  const moves = span ? leaderMoves(cluster, span) : { moves: never, partitions: never }
  // Where nothing is replicated, that all partitions have a leader again is what can be waited for.
  const settledMs = measureInSync(cluster, fault)
  const inSyncMs = !replicates(evidence.header.platform) ? doesNotApply(ONE_COPY) : settledMs
  const { everyone } = recovery
  const window = recoveryWindow(fault)
  const {
    zones,
    nodes,
    links: _links,
    healBeganAt: _began,
    baseline,
    effect,
    healing,
    journal,
    ...life
  } = fault
  return {
    ...life,
    zones: [...zones],
    nodes: [...nodes],
    ...(baseline.length > 0 && { baseline: [...baseline] }),
    effect: [...effect],
    healing: [...healing],
    ...(met && { met }),
    journal: { ...journal },
    everyone,
    outsideOf: { ...recovery.outsideOf },
    leaderMoves: moves.moves,
    partitionsMoved: moves.partitions,
    inSyncMs,
    peakUnderReplicated: span ? peakUnderReplicated(cluster, span) : never,
    recoveryBytes: measureRecoveryBytes(links, fault, settledMs, timeline.steady),
    producerP99Ms:
      typeof window === 'string'
        ? notKnown(window)
        : producerP99(phaseLatency(evidence.sends, window), `sends due in the window of ${fault.id}`),
    returned: compareAfterHealing(
      evidence,
      timeline.steady,
      fault,
      { everyone, inSyncMs: settledMs },
      random,
    ),
    windowBytes: span ? flowsWithin(links, span) : [],
    peaks: measurePeaks(evidence, span && ownPart(evidence.fleet, span)),
    storm: measureStorm(evidence, timeline, fault),
  }
}

/** The last instant at which the outcome of any send was known. */
function lastOutcome({ sends }: Evidence): number {
  let last = 0
  for (const doneT of sends.doneT) if (doneT !== NEVER && doneT > last) last = doneT
  return last
}

/** From the drill's own zero until the fleet stopped. */
function playedSpan({ journal }: Evidence, { endsAt }: RunTimeline): Span | null {
  const fromMs = journal.events.find(({ event }) => event.kind === 'timeline.started')?.event.t
  return fromMs === undefined || endsAt === null ? null : { fromMs, toMs: endsAt }
}
