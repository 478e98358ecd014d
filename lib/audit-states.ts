/** Where a function of Lambda may be invoked once more: what is Lambda's own, not what the function said. */
const AGAIN = [
  {
    ErrorEquals: [
      'Lambda.ServiceException',
      'Lambda.AWSLambdaException',
      'Lambda.SdkClientException',
      'Lambda.TooManyRequestsException',
    ],
    IntervalSeconds: 2,
    MaxAttempts: 4,
    BackoffRate: 2,
  },
]

export interface AuditStatesOptions {
  /** ARN or name of the function, whose handler is `chaos/audit-function.ts`. */
  readonly lambda: string
  /** Where results go, below it one folder for each execution: `s3://bucket/lab/audits`. */
  readonly to: string
  readonly parts: number
}

/**
 * Audits a stored run by its devices: a part for each execution of a distributed map, and then all of them as one. It is
 * started with `{ "run": "s3://bucket/prefix/<run>/" }`; its output is the verdict, and where the audit is.
 */
export function auditStates({ lambda, to, parts }: AuditStatesOptions): object {
  const place = { 'run.$': '$.run', 'to.$': '$.to', 'count.$': '$.count' }
  const invoke = (payload: object) => ({
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke',
    Parameters: { FunctionName: lambda, Payload: payload },
    OutputPath: '$.Payload',
    TimeoutSeconds: 960,
    Retry: AGAIN,
  })
  return {
    Comment: 'Audits a run in parts, by its devices, and merges them',
    StartAt: 'Divide',
    TimeoutSeconds: 7200,
    States: {
      Divide: {
        Type: 'Pass',
        Parameters: {
          'run.$': '$.run',
          'to.$': `States.Format('${to}/{}', $$.Execution.Name)`,
          count: parts,
          parts: Array.from({ length: parts }, (_, index) => index),
        },
        Next: 'Audit parts',
      },
      'Audit parts': {
        Type: 'Map',
        ItemsPath: '$.parts',
        ItemSelector: { do: 'part', ...place, 'index.$': '$$.Map.Item.Value' },
        MaxConcurrency: 40,
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          StartAt: 'Audit a part',
          States: {
            'Audit a part': { ...invoke({ 'do.$': '$.do', ...place, 'index.$': '$.index' }), End: true },
          },
        },
        // A part that is missing is missing evidence: there is no audit without it.
        ToleratedFailureCount: 0,
        ResultPath: null,
        Next: 'Merge',
      },
      Merge: { ...invoke({ do: 'merge', ...place }), End: true },
    },
  }
}
