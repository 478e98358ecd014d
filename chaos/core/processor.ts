import { z } from 'zod'
import { ZONES } from './topology.ts'

/** What a processor promises of a record that it is given again after a failure. */
export const GUARANTEES = ['exactly_once_v2', 'at_least_once'] as const

/** Whether the database refuses a writer whose partition another one has claimed since. */
export const FENCINGS = ['epoch', 'none'] as const

const writerSchema = z
  .strictObject({
    fencing: z
      .enum(FENCINGS)
      .default('epoch')
      .describe(
        'epoch: the database refuses a writer whose partition another one has claimed since; none: it takes whatever comes.',
      ),
  })
  .describe('Each instance also writes the last state of its devices to a real PostgreSQL, in batches.')
  .meta({ examples: [{ fencing: 'epoch' }] })

export const processorSchema = z
  .strictObject({
    zones: z
      .array(z.enum(ZONES))
      .min(1)
      .default([ZONES[0], ZONES[1]])
      .describe('An instance in each of them.'),
    topic: z
      .string()
      .min(1)
      .default('telemetry')
      .describe('Whose records it keeps the last of, device by device; a topic of the contract.'),
    guarantee: z
      .enum(GUARANTEES)
      .default('exactly_once_v2')
      .describe(
        'processing.guarantee: whether state, commands and offsets are committed together, or what came after the last commit is done again.',
      ),
    standbys: z
      .number()
      .int()
      .min(0)
      .max(2)
      .default(1)
      .describe('num.standby.replicas: other instances that keep a copy of each state.'),
    every: z
      .number()
      .int()
      .min(1)
      .max(100_000)
      .default(10)
      .describe('A device is sent a command each time its sequence passes a multiple of it.'),
    commitMs: z
      .number()
      .int()
      .min(10)
      .max(60_000)
      .optional()
      .describe('commit.interval.ms. Default: 100 for exactly_once_v2, 5000 for at_least_once.'),
    writer: writerSchema.optional(),
    command: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe(
        'A program of your own in the place of the lab’s, and its arguments: what it is told and what it must do is in docs/processor.md. It needs --allow-commands.',
      )
      .meta({ examples: [['./our-processor', '--config', 'lab.yaml']] }),
  })
  .describe(
    'A stateful processor (Kafka Streams with RocksDB) that keeps a twin of each device and sends commands, for as long as the run lasts.',
  )
  .meta({ examples: [{ guarantee: 'exactly_once_v2', standbys: 1 }] })

export type ProcessorSpec = z.output<typeof processorSchema>
export type WriterSpec = z.output<typeof writerSchema>

/** Kafka's own for exactly_once_v2; for at_least_once it has 30 s, longer than most drills hold anything down. */
export const commitMsOf = ({ commitMs, guarantee }: ProcessorSpec): number =>
  commitMs ?? (guarantee === 'exactly_once_v2' ? 100 : 5000)
