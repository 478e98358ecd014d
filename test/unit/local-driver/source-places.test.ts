import assert from 'node:assert/strict'
import { sourceSchema } from '../../../chaos/core/connectors.ts'
import {
  pollerOffset,
  sourceConfiguration,
} from '../../../chaos/drivers/local/connect/source-configuration.ts'

const source = (reads: 'log' | 'table') => sourceSchema.parse({ name: 'orders', reads })

describe('where a source goes on', () => {
  it('is what Debezium’s first look at the table begins with, and its log is read as ever', () => {
    const table = 'public.outbox_orders'
    const from = sourceConfiguration(source('log'), 41)
    assert.equal(from['snapshot.select.statement.overrides'], table)
    assert.equal(
      from[`snapshot.select.statement.overrides.${table}`],
      `SELECT * FROM ${table} WHERE id >= 41`,
    )
    const anew = sourceConfiguration(source('log'))
    assert.ok(!Object.keys(anew).some(key => key.startsWith('snapshot.')))
    assert.equal(from['slot.name'], anew['slot.name'])
  })

  it('is the highest id that one which polls is to have read', () => {
    assert.deepEqual(pollerOffset(source('table'), 41), {
      partition: { table: 'public.outbox_orders' },
      offset: { id: 40 },
    })
    assert.deepEqual(sourceConfiguration(source('table'), 41), sourceConfiguration(source('table')))
  })
})
