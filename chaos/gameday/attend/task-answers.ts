import { AftershockError, messageOf } from '../../core/errors.ts'

/** Answers to who waits for a task. */
export interface TaskAnswers {
  /** That it is still being done. */
  beat(token: string): Promise<Taken>
  success(token: string, output: object): Promise<Taken>
  /** @param error a word; @param cause what happened, in words */
  failure(token: string, error: string, cause: string): Promise<Taken>
}

/** `refused`: nobody waits for it any more. */
export type Taken = 'taken' | 'refused'

const OVER: readonly string[] = ['TaskDoesNotExist', 'TaskTimedOut', 'InvalidToken']
const MOST_CAUSE = 30_000
const ATTEMPTS = 5

/** Of Step Functions. @throws AftershockError `unavailable` when it does not answer */
export async function stepFunctionsAnswers(region: string): Promise<TaskAnswers & Disposable> {
  const of = await import('@aws-sdk/client-sfn')
  const client = new of.SFNClient({
    region,
    maxAttempts: ATTEMPTS,
    requestHandler: { connectionTimeout: 5000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  })
  const taken = async (action: string, work: Promise<unknown>): Promise<Taken> => {
    try {
      await work
      return 'taken'
    } catch (error) {
      if (error instanceof Error && OVER.includes(error.name)) return 'refused'
      throw new AftershockError(
        'unavailable',
        `AWS does not do states:${action} in ${region}: ${messageOf(error)}`,
        { hint: `The role of the runner needs states:${action} on the machine of the day.`, cause: error },
      )
    }
  }
  return {
    beat: taskToken =>
      taken('SendTaskHeartbeat', client.send(new of.SendTaskHeartbeatCommand({ taskToken }))),
    success: (taskToken, output) =>
      taken(
        'SendTaskSuccess',
        client.send(new of.SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) })),
      ),
    failure: (taskToken, error, cause) =>
      taken(
        'SendTaskFailure',
        client.send(new of.SendTaskFailureCommand({ taskToken, error, cause: cause.slice(-MOST_CAUSE) })),
      ),
    [Symbol.dispose]: () => client.destroy(),
  }
}
