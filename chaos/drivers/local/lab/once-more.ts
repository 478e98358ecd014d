import { AftershockError } from '../../../core/errors.ts'

const TRIES = 3

/**
 * kafkajs gives up what it was asked when a broker closed the connection, which one that has just begun may do.
 * @param work may be repeated
 * @throws AftershockError `unavailable` where brokers close it each time
 */
export async function onceMoreIfClosed<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++)
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'KafkaJSConnectionClosedError') throw error
      if (tries === TRIES)
        throw new AftershockError(
          'unavailable',
          `brokers closed the connection of whoever sets them up ${TRIES} times`,
          { hint: 'see their logs in the folder of the run', cause: error },
        )
    }
}
