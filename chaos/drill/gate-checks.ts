import {
  type AbortCondition,
  comparisonOf,
  describeComparison,
  type Gate,
  type ProbeCondition,
} from '../core/drill.ts'
import { gateOf } from '../numbers/index.ts'
import type { Problem } from './problem.ts'
import type { YamlSource } from './yaml-source.ts'

/** Beyond this, numbers have no neighbours to be compared with. */
const LARGEST = Number.MAX_SAFE_INTEGER

/** Gates that can never hold, always hold, or cannot hold together. Each is where its limit is written. */
export function gateLimitProblems(source: YamlSource, gates: readonly Gate[]): Problem[] {
  return gates.flatMap((gate, index) => {
    const ignored = ignoredKey(gate)
    if (ignored) return [source.problemAt(['gates', index, ignored], ignoredWords(gate, ignored))]
    const limit = gate.reportOnly === true ? null : comparisonOf(gate)
    const entry = gateOf(gate.gate)
    const own = limit
      ? limitProblem(gate.gate, limit, entry.mayBeNegative ? null : 0, entry.unit === 'records')
      : null
    if (limit && own) return [source.problemAt(['gates', index, limit.is], own, `${limit.is}: 0`)]
    const other = gates.slice(0, index).findIndex(earlier => isSame(earlier, gate))
    if (other >= 0) {
      const message = `gates[${other}] is about ${gate.gate} of the same thing already: ${describe(gates[other])}`
      return [source.problemAt(['gates', index, 'gate'], message)]
    }
    const against = gates
      .slice(0, index)
      .findIndex(earlier => overlap(earlier, gate) && contradict(earlier, gate))
    if (against < 0) return []
    const message = `${describe(gate)} and gates[${against}], ${describe(gates[against])}, cannot both hold`
    return [source.problemAt(['gates', index, limit?.is ?? 'gate'], message)]
  })
}

function ignoredKey({ gate, of, outsideOf }: Gate): 'of' | 'outsideOf' | null {
  const { of: subject, takesOf, takesOutsideOf } = gateOf(gate)
  if (of !== undefined && subject === 'run' && !takesOf) return 'of'
  return outsideOf !== undefined && !takesOutsideOf ? 'outsideOf' : null
}

const ignoredWords = ({ gate }: Gate, key: 'of' | 'outsideOf'): string =>
  key === 'of'
    ? `${gate} is about the whole run and takes no of: leave it out`
    : `${gate} is about all zones and takes no outsideOf: leave it out`

/** Probes count and measure: none of them is ever below zero. */
export function conditionProblems(
  source: YamlSource,
  key: 'steadyState' | 'abort',
  conditions: readonly (ProbeCondition | AbortCondition)[],
): Problem[] {
  return conditions.flatMap((condition, index) => {
    const limit = comparisonOf(condition)
    const problem = limit && limitProblem(condition.probe, limit, 0, false)
    return limit && problem ? [source.problemAt([key, index, limit.is], problem, `${limit.is}: 0`)] : []
  })
}

type Limit = NonNullable<ReturnType<typeof comparisonOf>>

function limitProblem(
  name: string,
  { is, value }: Limit,
  least: number | null,
  counts: boolean,
): string | null {
  if (Math.abs(value) > LARGEST)
    return `${value} is beyond ${LARGEST}, the largest number that can be compared`
  if (counts && !Number.isInteger(value)) return `${name} counts: ${value} is no whole number`
  if (least === null) return null
  const holdsNever = is === 'below' ? value <= least : (is === 'atMost' || is === 'equals') && value < least
  if (holdsNever) return `${name} is never below ${least}: this can never hold`
  const holdsAlways = (is === 'atLeast' || is === 'above') && value < least
  return holdsAlways ? `${name} is never below ${least}: this always holds` : null
}

const describe = (gate: Gate | undefined): string =>
  gate === undefined || gate.reportOnly === true ? 'reported only' : describeComparison(gate)

/** The other limit of a range is another gate on the same thing; the same limit again is a slip. */
function isSame(a: Gate, b: Gate): boolean {
  if (a.gate !== b.gate || a.of !== b.of || a.outsideOf !== b.outsideOf || a.dimension !== b.dimension)
    return false
  return sideOf(a) === null || sideOf(b) === null || sideOf(a) === sideOf(b)
}

function sideOf(gate: Gate): 'upper' | 'lower' | null {
  const limit = gate.reportOnly === true ? null : comparisonOf(gate)
  if (limit === null || limit.is === 'equals') return null
  return limit.is === 'atMost' || limit.is === 'below' ? 'upper' : 'lower'
}

/** One without `of` is about every fault or replay, that of the other one too. */
function overlap(a: Gate, b: Gate): boolean {
  const ofSame = a.of === undefined || b.of === undefined || a.of === b.of
  return a.gate === b.gate && a.outsideOf === b.outsideOf && ofSame
}

function contradict(a: Gate, b: Gate): boolean {
  if (a.reportOnly === true || b.reportOnly === true) return false
  const [one, two] = [rangeOf(a), rangeOf(b)]
  const low = one.low > two.low || (one.low === two.low && one.isOpenLow) ? one : two
  const high = one.high < two.high || (one.high === two.high && one.isOpenHigh) ? one : two
  return low.low > high.high || (low.low === high.high && (low.isOpenLow || high.isOpenHigh))
}

function rangeOf(gate: Gate) {
  const limit = comparisonOf(gate)
  const value = limit?.value ?? 0
  const is = limit?.is
  return {
    low: is === 'atLeast' || is === 'above' || is === 'equals' ? value : Number.NEGATIVE_INFINITY,
    high: is === 'atMost' || is === 'below' || is === 'equals' ? value : Number.POSITIVE_INFINITY,
    isOpenLow: is === 'above',
    isOpenHigh: is === 'below',
  }
}
