import type { PlatformId } from '../platforms/platform-id.ts'
import { combineVerdicts, type Verdict } from '../core/verdict.ts'
import { DIMENSION_ORDER, dimension } from '../score/dimensions.ts'
import { judgeRepeats, MIN_RUNS, type RepeatedGate } from '../score/repeats.ts'
import type { CheckVerdict, RowVerdict } from '../record/scorecard.ts'
import type { GateCell, GateRow, VerdictCell, VerdictRow } from './comparison.ts'
import type { RunFolder } from './run-folder.ts'
import { unsealedWords } from './run-seal.ts'

/** The runs of one platform, in the order of their numbers. */
export interface PlatformRuns {
  readonly platform: PlatformId
  readonly runs: readonly RunFolder[]
  /** Repeats that were asked for. */
  readonly asked: number
}

/** What the runs of one platform say together, by dimension and by gate. */
export interface PlatformVerdicts {
  readonly verdict: Verdict
  readonly gates: readonly PlacedGate[]
  readonly rows: ReadonlyMap<string, VerdictCell>
}

interface PlacedGate extends RepeatedGate {
  readonly dimension: string
}

/**
 * With three runs and more by the rules of `--repeat` (docs/statistics.md). With fewer there is no median to judge:
 * every gate must hold in every run.
 */
export function judgePlatform({ platform, runs, asked }: PlatformRuns): PlatformVerdicts {
  const [first] = runs
  const drill = first?.header.drill
  const judged = judgeRepeats(
    { drill: drill?.drill ?? '', seed: first?.header.seed ?? '', platform, asked, gates: drill?.gates ?? [] },
    runs.map((run, index) => ({
      dir: String(index + 1),
      judged: run.judged,
      verdict: run.judged?.scorecard.verdict ?? null,
      why: run.why,
    })),
  )
  const few = runs.length < MIN_RUNS
  const gates = judged.gates.map(gate => ({
    ...(few ? withoutMedian(gate) : gate),
    dimension: dimensionOf(gate, runs),
  }))
  const own = runs.map(run => run.judged?.scorecard.verdict ?? 'inconclusive')
  const missing: Verdict[] = runs.length < asked ? ['inconclusive'] : []
  return {
    verdict: few ? combineVerdicts([...own, ...missing]) : judged.verdict,
    gates,
    rows: new Map(dimensionsOf(runs).map(name => [name, cellOf(name, runs, gates, few)])),
  }
}

/** Without a seal nothing passes: files that anyone may have edited are no evidence of it. */
export function capAtInconclusive(verdicts: PlatformVerdicts, runs: readonly RunFolder[]): PlatformVerdicts {
  const why = unsealedWords(runs)
  if (why === null) return verdicts
  const doubted = <T extends { readonly verdict: string; readonly why: string | null }>(judged: T) =>
    judged.verdict === 'pass' ? { ...judged, verdict: 'inconclusive' as const, why } : judged
  return {
    verdict: combineVerdicts([verdicts.verdict, 'inconclusive']),
    gates: verdicts.gates.map(doubted),
    rows: new Map([...verdicts.rows].map(([name, own]) => [name, doubted(own)])),
  }
}

/** The gate as each run judged it, all of which count. */
function withoutMedian(gate: RepeatedGate): RepeatedGate {
  if (gate.verdict === 'not-applicable') return gate
  const verdicts = gate.verdicts.filter(isVerdict)
  const verdict = verdicts.length === 0 ? 'not-judged' : combineVerdicts(verdicts)
  const rule = gate.rule === 'median' ? 'every-run' : gate.rule
  const off = verdicts.filter(one => one !== 'pass').length
  const why = off === 0 ? null : `it is ${verdict} in ${off} of ${gate.verdicts.length} runs`
  return { ...gate, low: null, high: null, confidence: null, verdict, rule, why }
}

/** Where the run's scorecard put it. */
function dimensionOf(gate: RepeatedGate, runs: readonly RunFolder[]): string {
  const rows = runs.flatMap(run => run.judged?.scorecard.rows ?? [])
  const at = (matches: (check: (typeof rows)[number]['checks'][number]) => boolean) =>
    rows.find(row =>
      row.checks.some(check => check.check === gate.gate && check.subject === gate.subject && matches(check)),
    )
  const row = at(check => check.expected === gate.expected && check.what === gate.what) ?? at(() => true)
  return row?.dimension ?? 'evidence'
}

function dimensionsOf(runs: readonly RunFolder[]): string[] {
  return [...new Set(runs.flatMap(run => run.judged?.scorecard.rows.map(row => row.dimension) ?? []))]
}

function cellOf(
  name: string,
  runs: readonly RunFolder[],
  gates: readonly PlacedGate[],
  few: boolean,
): VerdictCell {
  const rows = runs.map(run => run.judged?.scorecard.rows.find(row => row.dimension === name) ?? null)
  const own = gates.filter(gate => gate.dimension === name)
  const inRuns = rows.flatMap(row => (row && isVerdict(row.verdict) ? [row.verdict] : []))
  const unjudged: Verdict[] = runs.some(run => run.judged === null) ? ['inconclusive'] : []
  const overRuns = few ? [...inRuns, ...unjudged] : own.map(gate => gate.verdict).filter(isVerdict)
  const verdict: RowVerdict =
    overRuns.length > 0
      ? combineVerdicts(overRuns)
      : (rows.find(row => row !== null)?.verdict ?? 'inconclusive')
  const off = own.find(gate => gate.verdict === verdict && gate.why !== null)
  return {
    verdict,
    passed: inRuns.filter(one => one === 'pass').length,
    runs: rows.filter(row => row !== null).length,
    perRun: rows.map((row, index) => ({ run: index + 1, verdict: row?.verdict ?? null })),
    why:
      verdict === 'pass' || !isVerdict(verdict)
        ? null
        : off
          ? `${[off.gate, off.subject].filter(Boolean).join(' ')}: ${off.why}`
          : (runs.find(run => run.why !== null)?.why ?? null),
  }
}

export function verdictRows(
  runs: readonly RunFolder[],
  verdicts: ReadonlyMap<PlatformId, PlatformVerdicts>,
): VerdictRow[] {
  return dimensionsOf(runs)
    .toSorted((a, b) => rank(a) - rank(b))
    .map(name => {
      const about = dimension(name)
      const row = runs
        .flatMap(run => run.judged?.scorecard.rows ?? [])
        .find(candidate => candidate.dimension === name)
      return {
        dimension: name,
        title: about.title,
        failure: row?.failure ?? about.failure,
        residualRisk: row?.residualRisk ?? about.risk,
        perPlatform: byPlatform(verdicts, ({ rows }) => rows.get(name)),
      }
    })
}

export function gateRows(verdicts: ReadonlyMap<PlatformId, PlatformVerdicts>): GateRow[] {
  const all = [...verdicts.values()].flatMap(({ gates }) => gates)
  const keys = [...new Set(all.map(keyOf))]
  const rows = keys.flatMap(key => {
    const gate = all.find(candidate => keyOf(candidate) === key)
    if (!gate) return []
    const { dimension: name, subject, outsideOf, what, expected, unit, rule } = gate
    const perPlatform = byPlatform(verdicts, ({ gates }) => cell(gates.find(one => keyOf(one) === key)))
    return [{ dimension: name, gate: gate.gate, subject, outsideOf, what, expected, unit, rule, perPlatform }]
  })
  return rows.toSorted((a, b) => rank(a.dimension) - rank(b.dimension))
}

function cell(gate: RepeatedGate | undefined): GateCell | undefined {
  if (!gate) return undefined
  const { verdict, median, low, high, confidence, values, verdicts, why } = gate
  return { verdict, median, low, high, confidence, values, verdicts, why }
}

/** Limits are the same for all, so a gate is the same row whatever a run called its target. */
const keyOf = ({ gate, subject, outsideOf, rule }: RepeatedGate): string =>
  JSON.stringify([gate, subject, outsideOf, rule])

function byPlatform<T>(
  verdicts: ReadonlyMap<PlatformId, PlatformVerdicts>,
  pick: (own: PlatformVerdicts) => T | undefined,
): Partial<Record<PlatformId, T>> {
  return Object.fromEntries(
    [...verdicts].flatMap(([platform, own]) => {
      const found = pick(own)
      return found === undefined ? [] : [[platform, found]]
    }),
  )
}

const rank = (name: string): number => {
  const index = DIMENSION_ORDER.indexOf(name)
  return index < 0 ? DIMENSION_ORDER.indexOf('fault-proof') - 0.5 : index
}

const isVerdict = (verdict: CheckVerdict | RowVerdict): verdict is Verdict =>
  verdict === 'pass' || verdict === 'fail' || verdict === 'inconclusive'
