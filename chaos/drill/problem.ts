import { AftershockError } from '../core/errors.ts'
import { printableDeep } from '../core/printable.ts'

/** From the root of a document: keys and indexes. */
export type DocumentPath = readonly (string | number)[]

/** One thing that is wrong in a file, where it is, and what the right thing looks like. */
export interface Problem {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly path: DocumentPath
  readonly message: string
  /** One line of YAML that would be right there. */
  readonly example?: string | undefined
}

const MOST_SHOWN = 10

/** All problems in one error, in the order of the file: one line each, and their examples in the hint. */
export function inputError(problems: readonly Problem[], more: string): AftershockError {
  const sorted = problems.toSorted((a, b) => a.line - b.line || a.column - b.column)
  const shown = sorted.slice(0, MOST_SHOWN)
  const hidden = sorted.length - shown.length
  const examples = [...new Set(shown.flatMap(problem => problem.example ?? []))]
  const lines = [...shown.map(formatProblem), ...(hidden > 0 ? [`… and ${hidden} more`] : [])]
  const shownExamples =
    examples.length > 1
      ? ['for example:', ...examples.map(line => `  ${line}`)]
      : examples.map(line => `for example: ${line}`)
  const hint = [...shownExamples, more].join('\n')
  return new AftershockError('input', lines.join('\n'), { hint })
}

/** `drills/x.yaml:12:5 timeline[0]: unknown key 'tragets'; did you mean 'target'?` */
function formatProblem({ file, line, column, path, message }: Problem): string {
  const where = path.length > 0 ? ` ${formatPath(path)}:` : ''
  return printableDeep(`${file}:${line}:${column}${where} ${message}`)
}

/** `timeline[0].target` */
export function formatPath(path: DocumentPath): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`))
    .join('')
}
