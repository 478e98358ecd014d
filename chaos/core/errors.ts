/** What kind of error it is, for programs. How a code becomes an exit status is in `exit-codes.ts`. */
export type ErrorCode =
  | 'usage'
  | 'input'
  | 'unavailable'
  | 'internal'
  | 'refused'
  | 'unhealed'
  | 'unverified'
  | 'interrupted'

/**
 * Who can mend it. `user`: a command line, a file, an account that they chose. `platform`: what a drill runs on, such as
 * the brokers, the machine, the network or AWS. `tool`: this program, whose mistake it is.
 */
export type ErrorSource = 'user' | 'platform' | 'tool'

/** Where an error of a code comes from, unless it says otherwise. */
const SOURCE_OF_CODE: Readonly<Record<ErrorCode, ErrorSource>> = {
  usage: 'user',
  input: 'user',
  unavailable: 'platform',
  internal: 'tool',
  refused: 'user',
  unhealed: 'platform',
  unverified: 'user',
  interrupted: 'user',
}

export interface AftershockErrorOptions {
  /** What to do about it. */
  readonly hint?: string | undefined
  /** @default that of the code */
  readonly source?: ErrorSource
  readonly cause?: unknown
}

/** The one error class of this program. `message` says what failed and what was seen; `hint` says what to do. */
export class AftershockError extends Error {
  readonly code: ErrorCode
  readonly source: ErrorSource
  readonly hint: string | undefined

  constructor(code: ErrorCode, message: string, options: AftershockErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.name = 'AftershockError'
    this.code = code
    this.source = options.source ?? SOURCE_OF_CODE[code]
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
