/** Amazon's States Language with JSONata, as far as game days need it. */

/** An expression of JSONata. */
export const query = (expression: string): string => `{% ${expression} %}`

/** A text inside an expression. */
export const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

const PATIENT = [{ ErrorEquals: ['States.TaskFailed'], IntervalSeconds: 2, MaxAttempts: 3, BackoffRate: 2 }]

/** What a state does with an error: goes on there, and keeps what is assigned. */
export interface Caught {
  readonly next: string
  readonly assign?: Readonly<Record<string, unknown>>
}

export interface TaskOptions {
  readonly next: string
  readonly assign?: Readonly<Record<string, unknown>>
  /** Whatever goes wrong, time-outs too. */
  readonly caught: Caught
  /** Errors after which the same call is not made again. @default every failed call is tried again, three times */
  readonly once?: true
  /** Whether it waits for somebody who has the task's token, and for how long. */
  readonly token?: { readonly timeoutSeconds: number; readonly heartbeatSeconds?: number }
}

/** One call of an API of AWS: `ec2:describeInstances`. */
export function call(action: string, args: object, options: TaskOptions): object {
  return task(`aws-sdk:${action}`, args, options)
}

/** Another state machine, to its end; its output is `$states.result.Output`. */
export function execute(machine: string, input: object, options: TaskOptions): object {
  return task('states:startExecution.sync:2', { StateMachineArn: machine, Input: input }, options)
}

function task(resource: string, args: object, { next, assign, caught, once, token }: TaskOptions): object {
  return {
    Type: 'Task',
    Resource: `arn:aws:states:::${resource}${token ? '.waitForTaskToken' : ''}`,
    Arguments: args,
    ...(token && {
      TimeoutSeconds: token.timeoutSeconds,
      ...(token.heartbeatSeconds !== undefined && { HeartbeatSeconds: token.heartbeatSeconds }),
    }),
    ...(!once && !token && { Retry: PATIENT }),
    ...(assign && { Assign: assign }),
    Catch: [
      {
        ErrorEquals: ['States.ALL'],
        ...(caught.assign && { Assign: caught.assign }),
        Next: caught.next,
      },
    ],
    Next: next,
  }
}

export interface Choice {
  readonly when: string
  readonly next: string
}

export const choose = (choices: readonly Choice[], otherwise: string): object => ({
  Type: 'Choice',
  Choices: choices.map(({ when, next }) => ({ Condition: query(when), Next: next })),
  Default: otherwise,
})

/** The state that makes the call of one item. */
export const oneOf = (what: string): string => `${what}: one`

/** Of each item the same call, one after another; an item that fails does not keep the others from it. */
export function each(
  what: string,
  items: string,
  action: string,
  args: object,
  { next, caught }: Pick<TaskOptions, 'next' | 'caught'>,
): object {
  // No two states of a machine have one name, inside of a map neither.
  const [one, over] = [oneOf(what), `${what}: next`]
  return {
    Type: 'Map',
    Items: query(items),
    MaxConcurrency: 1,
    ItemProcessor: {
      ProcessorConfig: { Mode: 'INLINE' },
      StartAt: one,
      States: {
        [one]: call(action, args, { next: over, caught: { next: over } }),
        [over]: { Type: 'Succeed' },
      },
    },
    Catch: [{ ErrorEquals: ['States.ALL'], Next: caught.next }],
    Next: next,
  }
}

export const set = (assign: Readonly<Record<string, unknown>>, next: string): object => ({
  Type: 'Pass',
  Assign: assign,
  Next: next,
})

export const end = (output: unknown): object => ({ Type: 'Pass', Output: output, End: true })

export const pause = (seconds: number, next: string): object => ({
  Type: 'Wait',
  Seconds: seconds,
  Next: next,
})
