import { combineVerdicts } from '../core/verdict.ts'
import { auditWork, RETENTION_WORK } from '../numbers/audit-advice.ts'
import { DIMENSIONS, DIMENSION_ORDER, dimension, riskOf } from './dimensions.ts'
import { dimensionOfFault } from './fault-words.ts'
import type { GateFile, HeaderFile } from '../record/run-header.ts'
import { gateOf } from '../numbers/index.ts'
import type { Judged } from '../numbers/reading.ts'
import { implicitChecks } from './implicit-checks.ts'
import { rowOfReplay, WHOLE_REPLAY } from './replay-checks.ts'
import { judgeGate } from './judge.ts'
import { promisedGates } from './promised-gates.ts'
import { type Check, isVerdict, type Row, type RowVerdict } from '../record/scorecard.ts'

interface Placed {
  readonly check: Check
  readonly gate: GateFile | null
}

/** One row for each dimension: those that the drill exercised, and those that no platform can do without. */
export function buildRows(judged: Judged, header: HeaderFile): Row[] {
  const placed = new Map<string, Placed[]>()
  const place = (name: string, check: Check, gate: GateFile | null): void => {
    placed.set(name, [...(placed.get(name) ?? []), { check, gate }])
  }
  for (const gate of [...header.drill.gates, ...promisedGates(header)]) {
    for (const check of judgeGate(judged, gate)) place(dimensionOf(gate, check, judged), check, gate)
  }
  for (const [name, checks] of implicitChecks(judged, header.drill.gates))
    for (const check of checks) place(name, check, null)

  const exercised = new Set([
    ...placed.keys(),
    ...judged.measurements.faults.map(dimensionOfFault),
    ...judged.measurements.replays.map(rowOfReplay),
  ])
  const always = Object.keys(DIMENSIONS).filter(name => DIMENSIONS[name]?.always)
  return [...new Set([...exercised, ...always])]
    .toSorted((a, b) => rank(a) - rank(b))
    .map(name => buildRow(name, placed.get(name) ?? [], exercised.has(name), judged, header))
}

const rank = (name: string): number => {
  const index = DIMENSION_ORDER.indexOf(name)
  // A drill's own dimensions stand before the ground that everything rests on.
  return index < 0 ? DIMENSION_ORDER.indexOf('fault-proof') - 0.5 : index
}

function dimensionOf(gate: GateFile, check: Check, { measurements }: Judged): string {
  if (gate.dimension !== undefined) return gate.dimension
  const own = gateOf(gate.gate).dimension
  const replay = measurements.replays.find(candidate => candidate.id === check.subject)
  if (own === WHOLE_REPLAY && replay) return rowOfReplay(replay)
  if (own !== 'fault') return own
  const fault = measurements.faults.find(candidate => candidate.id === check.subject)
  return fault ? dimensionOfFault(fault) : 'fault-proof'
}

function buildRow(
  name: string,
  placed: readonly Placed[],
  exercised: boolean,
  judged: Judged,
  header: HeaderFile,
): Row {
  const about = dimension(name)
  const checks = placed.map(({ check }) => check)
  const verdict = rowVerdict(checks, exercised)
  const faults = judged.measurements.faults.filter(fault => dimensionOfFault(fault) === name)
  const judgedChecks = placed.filter(({ check }) => isVerdict(check.verdict))
  return {
    dimension: name,
    title: about.title,
    failure:
      faults.length > 0 ? faults.map(fault => `${fault.kind}: ${fault.summary}`).join('; ') : about.failure,
    expected: about.expected,
    owner: owners(placed, header),
    verdict,
    checks,
    proof: judgedChecks.flatMap(({ check }) => check.proof.slice(0, 1)),
    residualRisk: verdict === 'not-exercised' ? notExercised(about.risk) : riskOf(name, header.drill),
    next: nextWork(verdict, placed, judged),
  }
}

function rowVerdict(checks: readonly Check[], exercised: boolean): RowVerdict {
  if (!exercised) return 'not-exercised'
  const verdicts = checks.map(check => check.verdict).filter(isVerdict)
  if (verdicts.length > 0) return combineVerdicts(verdicts)
  const isNothingToJudge = checks.length > 0 && checks.every(check => check.verdict === 'not-applicable')
  return isNothingToJudge ? 'not-applicable' : 'not-judged'
}

function notExercised(risk: string): string {
  return risk.startsWith('Nothing') ? risk : 'This drill did not touch it: nothing is known.'
}

function owners(placed: readonly Placed[], header: HeaderFile): string {
  const named = placed.flatMap(({ gate }) => (gate?.owner === undefined ? [] : [gate.owner]))
  const topics = Object.values(header.drill.contract.topics).map(topic => topic.owner)
  return [...new Set(named.length > 0 ? named : topics)].join(', ')
}

function nextWork(verdict: RowVerdict, placed: readonly Placed[], judged: Judged): string | null {
  if (verdict === 'not-exercised') return 'Run a drill that exercises it.'
  const failed = placed.filter(({ check }) => check.verdict === 'fail')
  if (failed.length > 0) {
    const work = failed.map(({ check, gate }) =>
      gate ? gateWork(gate, judged) : implicitWork(check, judged),
    )
    return [...new Set(work)].join(' ')
  }
  const unknown = placed.find(({ check }) => check.verdict === 'inconclusive')
  return unknown ? `Run it again with this evidence: ${unknown.check.why ?? unknown.check.what}.` : null
}

function gateWork(gate: GateFile, judged: Judged): string {
  const { next } = gateOf(gate.gate)
  return typeof next === 'string' ? next : next(judged)
}

function implicitWork(check: Check, judged: Judged): string {
  if (check.check === 'heal-proven')
    return 'Heal it by hand: aftershock heal, then look at the probe’s reading.'
  if (check.check === 'all-delivered')
    return 'Find what refused or kept these records: the gateways’ histories have the error of each attempt.'
  if (check.check === 'outside-faults' || check.check === 'served-to-the-end')
    return 'Find why these partitions refuse writes although nothing is broken: the histories have the errors.'
  if (check.check === 'sessions-back')
    return 'Find why devices are not let in: their policy, what gateways accept, what refusing costs them.'
  if (check.check === 'healthy-served')
    return 'Have gateways send the records of a refused batch apart, and mend the devices that are named.'
  if (check.check === 'unapproved-refused' || check.check === 'granted-in-scope')
    return 'Take standing rights to read away: whoever has one needs no approval.'
  if (check.check === 'right-removed')
    return 'Take the right away by hand (aftershock heal), and find why it outlived its approval.'
  if (check.check === 'step-done') return 'Make the step work, or give it the time that it needs.'
  if (check.check === 'read-whole')
    return 'Look at the result of the replay for partitions whose checksum differs, and read them again.'
  if (check.check === 'audit') return auditWork(judged)
  if (check.check === 'retention-effective') return RETENTION_WORK
  if (check.check === 'upgraded' || check.check === 'downgraded')
    return 'Find what kept the step from its end, before an upgrade is planned: after finalizing, the way back may be a new cluster or a backup.'
  if (check.check === 'finalized') return 'Have every broker run the newer release before it is finalized.'
  return 'Find what has not come back, before the next drill.'
}
