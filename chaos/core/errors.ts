/**
 * One error class for everything a user may see. `code` is for programs, `message` says what happened,
 * `hint` says what to do about it. How a code becomes an exit status is in `exit-codes.ts`.
 */
export type ErrorCode =
  | 'usage'
  | 'input'
  | 'unavailable'
  | 'internal'
  | 'refused'
  | 'unhealed'
  | 'unverified'
  | 'interrupted'

export interface AftershockErrorOptions {
  readonly hint?: string
  readonly cause?: unknown
}

export class AftershockError extends Error {
  readonly code: ErrorCode
  readonly hint: string | undefined

  constructor(code: ErrorCode, message: string, options: AftershockErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.name = 'AftershockError'
    this.code = code
    this.hint = options.hint
  }
}

/** What a schema first found wrong, and where: `rows[3].verdict: …`. `whole` names the value itself. */
export function firstIssue(
  {
    issues,
  }: { readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[] },
  whole = 'the file',
): string {
  const [issue] = issues
  if (issue === undefined) return `${whole} is not as expected`
  const path = issue.path.map(step => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('')
  return `${path.replace(/^\./, '') || whole}: ${issue.message}`
}

/** The message of anything that was thrown, on one line. */
export function messageOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  return text.replace(/\s+/g, ' ').trim()
}
