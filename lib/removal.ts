/**
 * How an environment is removed without anybody: one stack after another, each looked at until it is gone. What is gone
 * already is passed over, so that the whole may be tried again from its beginning, and is: a volume may hang on to its
 * instance for a minute, and a bucket of millions of objects takes several turns of a quarter of an hour.
 */

/** What one execution is given. */
export interface RemovalInput {
  /** Of stacks, in the order in which they go. */
  readonly stacks: readonly { readonly name: string; readonly everySeconds: number }[]
  /** Of certificates that deploying made, and no stack has. */
  readonly secrets: readonly { readonly name: string }[]
}

/** What deploying made outside of CloudFormation: keys and certificates of nodes, and what clients trust. */
export interface MadeCertificates {
  readonly secrets: readonly string[]
  readonly parameter: string
}

/** Between two looks at a stack that goes. */
const EVERY_SECONDS = 30
/** A day of tries. */
const AGAIN_SECONDS = 600
const TRIES = 144

export function removalInput(
  names: readonly string[],
  certificates: MadeCertificates | null = null,
): RemovalInput {
  return {
    stacks: names.map(name => ({ name, everySeconds: EVERY_SECONDS })),
    secrets: (certificates?.secrets ?? []).map(name => ({ name })),
  }
}

/**
 * A state machine in Amazon's States Language.
 * @param own the stack that it is in, which goes last
 */
export function removalStates(
  own: string,
  certificates: MadeCertificates | null = null,
  againSeconds: number = AGAIN_SECONDS,
): object {
  const again = [
    { ErrorEquals: ['States.ALL'], IntervalSeconds: againSeconds, MaxAttempts: TRIES, BackoffRate: 1 },
  ]
  return {
    Comment: 'Removes the stacks that it is given, one after another, and then its own',
    StartAt: 'Stacks',
    TimeoutSeconds: 2 * TRIES * AGAIN_SECONDS,
    States: {
      Stacks: {
        Type: 'Map',
        ItemsPath: '$.stacks',
        MaxConcurrency: 1,
        ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, StartAt: 'Find', States: REMOVE_ONE },
        ResultPath: null,
        Retry: again,
        Next: certificates ? 'Certificates' : 'Itself',
      },
      ...(certificates && withoutCertificates(certificates.parameter, again)),
      // Ends with this call: the role, the schedule and this machine are in that stack.
      Itself: { ...call('deleteStack', own), End: true },
    },
  }
}

/**
 * Once nobody is left who uses them. Both calls answer the same when it is gone already: a secret that is deleted without
 * recovery need not exist, and `DeleteParameters` names what it did not find.
 */
function withoutCertificates(parameter: string, again: object): object {
  const DeleteSecret = {
    Type: 'Task',
    Resource: 'arn:aws:states:::aws-sdk:secretsmanager:deleteSecret',
    Parameters: { 'SecretId.$': '$.name', ForceDeleteWithoutRecovery: true },
    // When it is deleted is of no use here.
    ResultPath: null,
    End: true,
  }
  return {
    Certificates: {
      Type: 'Map',
      ItemsPath: '$.secrets',
      MaxConcurrency: 1,
      ItemProcessor: {
        ProcessorConfig: { Mode: 'INLINE' },
        StartAt: 'DeleteSecret',
        States: { DeleteSecret },
      },
      ResultPath: null,
      Retry: again,
      Next: 'Authority',
    },
    Authority: {
      Type: 'Task',
      Resource: 'arn:aws:states:::aws-sdk:ssm:deleteParameters',
      Parameters: { Names: [parameter] },
      ResultPath: null,
      Retry: again,
      Next: 'Itself',
    },
  }
}

const PATIENT = [{ ErrorEquals: ['States.TaskFailed'], IntervalSeconds: 15, MaxAttempts: 5, BackoffRate: 2 }]

function call(action: 'deleteStack' | 'describeStacks', name: string) {
  const of = name.startsWith('$') ? { 'StackName.$': name } : { StackName: name }
  return {
    Type: 'Task',
    Resource: `arn:aws:states:::aws-sdk:cloudformation:${action}`,
    Parameters: of,
    Retry: PATIENT,
  }
}

/** An index in a path makes lists of what it finds, in one interpreter at least. */
const FIRST = { 'stack.$': 'States.ArrayGetItem($.Stacks, 0)' }

/** By its id a stack is found when it is gone too, which tells that from an answer that was refused. */
const REMOVE_ONE = {
  Find: {
    ...call('describeStacks', '$.name'),
    Retry: [
      {
        ErrorEquals: ['CloudFormation.ThrottlingException'],
        IntervalSeconds: 15,
        MaxAttempts: 5,
        BackoffRate: 2,
      },
    ],
    ResultSelector: FIRST,
    ResultPath: '$.found',
    Catch: [{ ErrorEquals: ['States.TaskFailed'], ResultPath: '$.refused', Next: 'Is it there?' }],
    Next: 'Delete',
  },
  'Is it there?': {
    Type: 'Choice',
    Choices: [{ Variable: '$.refused.Cause', StringMatches: '*does not exist*', Next: 'Gone' }],
    Default: 'Not gone',
  },
  Delete: { ...call('deleteStack', '$.found.stack.StackId'), ResultPath: null, Next: 'Wait' },
  Wait: { Type: 'Wait', SecondsPath: '$.everySeconds', Next: 'Look' },
  Look: {
    ...call('describeStacks', '$.found.stack.StackId'),
    ResultSelector: FIRST,
    ResultPath: '$.found',
    Next: 'Is it gone?',
  },
  'Is it gone?': {
    Type: 'Choice',
    Choices: [
      { Variable: '$.found.stack.StackStatus', StringEquals: 'DELETE_COMPLETE', Next: 'Gone' },
      { Variable: '$.found.stack.StackStatus', StringEquals: 'DELETE_IN_PROGRESS', Next: 'Wait' },
    ],
    Default: 'Not gone',
  },
  'Not gone': {
    Type: 'Fail',
    Error: 'StackNotRemoved',
    Cause: 'The events of the stack in CloudFormation say why; it is tried again',
  },
  Gone: { Type: 'Succeed' },
} as const
