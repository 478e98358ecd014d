import { formatValue } from '../core/quantity.ts'
import type { RepeatedGate, Repeats } from '../score/repeats.ts'
import { nonProduct, softwareKey } from './software-words.ts'
import { aligned } from '../page/text-table.ts'
import { verdictSign, verdictWord } from '../page/verdict-chip.ts'

const HEAD = ['', 'gate', 'limit', 'median (its interval, confidence)', 'passed', '']

/** Several runs as text: the verdict, each run, then each gate with its median and interval. */
export function renderRepeats(repeats: Repeats): string {
  const { verdict, drill, runs, asked, seed, gates } = repeats
  const mark = nonProduct(repeats)
  const count = runs.length === asked ? `${asked} runs` : `${runs.length} of ${asked} runs`
  const rows = gates.map(gate => [
    verdictSign(gate.verdict),
    nameOf(gate),
    gate.rule === 'reported' ? 'reported' : gate.unit === '' ? '' : gate.expected,
    valuesOf(gate),
    passes(gate),
    gate.why ?? '',
  ])
  return [
    '',
    `${verdictSign(verdict)} ${verdictWord(verdict).toUpperCase()}  ${drill} on ${softwareKey(repeats)}, ${count} with seed ${seed}`,
    ...(mark === null ? [] : [`  ${mark.label}: ${mark.software.name}.`]),
    ...runs.map(
      run => `  ${run.dir}: ${run.verdict === null ? (run.why ?? 'not judged') : verdictWord(run.verdict)}`,
    ),
    '',
    ...(rows.length > 0 ? aligned([HEAD, ...rows]) : []),
    '',
  ].join('\n')
}

function nameOf({ gate, subject, outsideOf }: RepeatedGate): string {
  const outside = outsideOf === null ? null : `outside ${outsideOf}`
  return [gate, subject, outside].filter(part => part !== null).join(' ')
}

/** Of a promise about data the range, of any other number the median and its interval. */
function valuesOf(gate: RepeatedGate): string {
  const { median, low, high, confidence, unit, rule, values } = gate
  if (unit === '' || median === null || confidence === null) return ''
  const show = (value: number): string => formatValue(value, unit)
  if (rule === 'every-run') {
    const known = values.filter(value => value !== null)
    const [least, most] = [Math.min(...known), Math.max(...known)]
    return least === most ? show(least) : `${show(least)} to ${show(most)}`
  }
  const range = `${low === null ? 'any' : show(low)} to ${high === null ? 'any' : show(high)}`
  return `${show(median)} (${range}, ${Math.floor(confidence * 100)}%)`
}

function passes({ rule, verdicts }: RepeatedGate): string {
  if (rule === 'reported') return ''
  return `${verdicts.filter(verdict => verdict === 'pass').length}/${verdicts.length}`
}
