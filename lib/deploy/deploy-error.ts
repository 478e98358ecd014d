/** Named as the exit statuses of the program are. */
export type DeployErrorCode = 'usage' | 'input' | 'unavailable' | 'refused' | 'interrupted'

/** What went wrong, and what to do about it. */
export class DeployError extends Error {
  readonly code: DeployErrorCode
  readonly hint: string | undefined

  constructor(code: DeployErrorCode, message: string, options: { readonly hint?: string } = {}) {
    super(message)
    this.name = 'DeployError'
    this.code = code
    this.hint = options.hint
  }
}
