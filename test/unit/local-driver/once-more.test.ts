import assert from 'node:assert/strict'
import kafkajs from 'kafkajs'
import { onceMoreIfClosed } from '../../../chaos/drivers/local/lab/once-more.ts'

/** kafkajs exports it without a type. */
const { KafkaJSConnectionClosedError: Closed } = kafkajs as unknown as Record<
  string,
  new (
    message: string,
    where: { readonly host: string; readonly port: number },
  ) => Error
>
const closed = () => {
  assert.ok(Closed)
  return new Closed('Closed connection', { host: 'a', port: 1 })
}
/** Fails so often, then answers with how often it was asked. */
const failing = (times: number, error: () => Error) => {
  let asked = 0
  return async () => {
    asked++
    if (asked <= times) throw error()
    return asked
  }
}

describe('whoever sets a lab up', () => {
  it('asks again when a broker closed the connection', async () => {
    assert.equal(await onceMoreIfClosed(failing(2, closed)), 3)
  })

  it('says that brokers are unavailable when they close it each time, and passes on every other error', async () => {
    await assert.rejects(onceMoreIfClosed(failing(3, closed)), {
      code: 'unavailable',
      message: /closed .* 3 times/,
    })
    await assert.rejects(onceMoreIfClosed(failing(1, () => new Error('no such topic'))), /no such topic/)
  })
})
