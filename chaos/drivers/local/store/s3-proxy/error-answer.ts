/** As S3 words its errors; SDKs choose whether to try again by the status and the code. */
const ERRORS = {
  500: { code: 'InternalError', message: 'We encountered an internal error. Please try again.' },
  502: { code: 'BadGateway', message: 'The object store did not answer.' },
  503: { code: 'SlowDown', message: 'Please reduce your request rate.' },
} as const

export type ErrorStatus = keyof typeof ERRORS

export function errorXml(status: ErrorStatus, requestId: string): string {
  const { code, message } = ERRORS[status]
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
    `<Error><Code>${code}</Code><Message>${message}</Message><RequestId>${requestId}</RequestId></Error>`
  )
}
