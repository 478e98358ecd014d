import { z } from 'zod'
import { ZONES } from './topology.ts'

/** How a sink writes a record that it is given again: as one more row, or onto the row that it wrote before. */
export const SINK_MODES = ['insert', 'upsert'] as const

export const sinkSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,30}$/)
    .describe('Of the connector, and of its table.'),
  topics: z
    .array(z.string().min(1))
    .min(1)
    .default(['integration'])
    .describe('What it writes to its table; topics of the contract.')
    .meta({ examples: [['integration']] }),
  mode: z
    .enum(SINK_MODES)
    .default('upsert')
    .describe(
      'insert: a record that is delivered again is one more row; upsert: it is written onto its own row.',
    ),
  tasks: z.number().int().min(1).max(8).default(2).describe('Tasks, spread over the workers.'),
  retries: z
    .number()
    .int()
    .min(0)
    .max(600)
    .default(5)
    .describe(
      'flush.max.retries, a second apart: how often a write is tried again before its task has failed, for good. Default: 5, as Debezium has it.',
    ),
  deadLetters: z
    .boolean()
    .default(false)
    .describe(
      'Whether a record that cannot be written goes to a topic of dead letters and the task goes on.',
    ),
})

export const sourceSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,30}$/)
    .describe('Of the connector, of its outbox table, and of its topic.'),
  reads: z
    .enum(['log', 'table', 'table-by-time'])
    .default('log')
    .describe(
      'What it reads: the log of the database (Debezium); or the table, a few rows at a time, for those above the highest id (table) or the latest time (table-by-time) that it has read: the lab’s own, no product.',
    ),
  rowsPerSecond: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(50)
    .describe('What an application writes to the outbox, some of it in transactions that commit late.'),
})

export const connectorsSchema = z
  .strictObject({
    zones: z
      .array(z.enum(ZONES))
      .min(1)
      .default([ZONES[0], ZONES[1]])
      .describe('A worker of Kafka Connect in each of them.'),
    sinks: z.array(sinkSchema).min(1).describe('JDBC sinks, each into a table of its own.'),
    exactlyOnce: z
      .boolean()
      .default(true)
      .describe(
        'exactly.once.source.support: whether workers write what sources read and their position in one transaction. Without it, what came after the last commit of the position is written again after a kill.',
      ),
    sources: z
      .array(sourceSchema)
      .max(3)
      .default([])
      .describe('Sources, each from an outbox table of its own to a topic of its own.')
      .meta({ examples: [[{ name: 'outbox' }]] }),
  })
  .describe(
    'A cluster of real Kafka Connect workers that write to a real PostgreSQL, for as long as the run lasts.',
  )
  .meta({ examples: [{ sinks: [{ name: 'rows', mode: 'upsert' }] }] })

export type ConnectorsSpec = z.output<typeof connectorsSchema>
export type SourceSpec = z.output<typeof sourceSchema>
export type SinkSpec = z.output<typeof sinkSchema>
