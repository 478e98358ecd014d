import { plural } from '../core/numbers.ts'
import { formatDuration } from '../core/units.ts'
import { type Verdict, combineVerdicts } from '../core/verdict.ts'
import type { Measurements } from '../record/measurements.ts'
import { type Check, isVerdict } from '../record/scorecard.ts'

/** How the drill's own gate on it came out; `reported` when it has one and does not judge by it. */
export type OutageGate = Verdict | 'reported' | 'absent'

export interface OutageWords {
  /** A headline: never more certain, and never other, than the verdict beside it. */
  readonly title: string
  readonly sentence: string
}

/** What the checks of the gate say together. */
export function outageGate(checks: readonly Check[]): {
  readonly gate: OutageGate
  readonly check: Check | null
} {
  const own = checks.filter(({ check }) => check === 'second-outage-seconds')
  const verdicts = own.map(({ verdict }) => verdict).filter(isVerdict)
  const gate = verdicts.length > 0 ? combineVerdicts(verdicts) : own.length > 0 ? 'reported' : 'absent'
  return { gate, check: own.find(({ verdict }) => verdict === gate) ?? own[0] ?? null }
}

type Lengths<K extends string> = Readonly<Record<K, { readonly length: number }>>

/**
 * The answer to the question of every drill, in words. What was seen is told in any case; what it is called follows
 * the verdict on it: a loss of service that the drill allows, or does not judge, is not called a second outage above
 * a pass, and a pause that fails its gate is not called none.
 */
export function secondOutageWords(
  {
    secondOutage,
    slowAfterMs,
    faults,
    replays,
  }: Pick<Measurements, 'secondOutage' | 'slowAfterMs'> & Lengths<'faults' | 'replays'>,
  { gate, check }: ReturnType<typeof outageGate>,
): OutageWords {
  const { answer, cases, pauses, longestMs, why } = secondOutage
  const longest = formatDuration(longestMs)
  const allowed = check?.expected ?? ''
  const told =
    toldWords(cases, 'lost service anew', longest) ??
    toldWords(pauses, `paused for more than ${formatDuration(slowAfterMs)}`, longest)
  if (gate === 'inconclusive' || answer === 'unknown') {
    if (gate === 'fail')
      return both('Service was lost anew for longer than the drill allows', told ?? `${why}`)
    const reason = check?.why ?? why ?? 'the evidence does not tell'
    const title = 'Whether recovery became a second outage is not known'
    return { title: `${title}.`, sentence: `${title}: ${reason}.${told === null ? '' : ` ${told}.`}` }
  }
  if (gate === 'fail') {
    const title =
      answer === 'yes'
        ? 'Recovery became a second outage'
        : 'Recovery took service away again for longer than the drill allows'
    return both(title, `${told ?? `for up to ${longest}`} (allowed: ${allowed})`)
  }
  if (answer === 'yes') {
    const how = gate === 'pass' ? `which the drill allows (${allowed})` : 'which this drill does not judge'
    return {
      title: `Service was lost anew for up to ${longest}, ${how}.`,
      sentence: `${told ?? `Service was lost anew for up to ${longest}`}, ${how}.`,
    }
  }
  const nobody = `no partition was without service for more than ${formatDuration(slowAfterMs)}`
  // Where nothing was broken there is nothing that could recover.
  if (faults.length === 0 && told === null)
    return both(
      'There was no second outage',
      `no fault was injected, and ${replays.length === 0 ? 'no history was replayed' : `${nobody} while history was read`}`,
    )
  const calm = 'Recovery did not become a second outage'
  return {
    title: `${calm}.`,
    sentence:
      told === null
        ? `${calm}: after healing, ${nobody} anew.`
        : `${calm}, but it was felt: ${told.charAt(0).toLowerCase()}${told.slice(1)}.`,
  }
}

const both = (title: string, detail: string): OutageWords => ({
  title: `${title}.`,
  sentence: `${title}: ${detail.charAt(0).toLowerCase()}${detail.slice(1)}.`,
})

type Stretches = Measurements['secondOutage']['cases']

function toldWords(stretches: Stretches, deed: string, longest: string): string | null {
  if (stretches.length === 0) return null
  const causes = [...new Set(stretches.map(({ after }) => after))].join(' and ')
  const partitions = new Set(stretches.map(({ partition }) => partition)).size
  return `After ${causes}, ${plural(partitions, 'partition')} ${deed}, for up to ${longest}`
}
