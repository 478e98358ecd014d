import { z } from 'zod'
import { AftershockError } from '../core/errors.ts'
import type { Value } from './operation.ts'

/**
 * The open history format: JSON Lines, the shape of Jepsen's Kafka workload. A topic-partition is a name of
 * its own (`telemetry-0`); a value is a text or a whole number, unique within its topic-partition.
 */
const keySchema = z.union([z.string(), z.int()]).describe('A topic-partition.')
const valueSchema = z
  .union([
    z.string().refine(text => !/\p{Cs}/u.test(text), 'has half a character (a lone surrogate)'),
    z.number(),
  ])
  .describe('A record; for devices `device/epoch/sequence`.')
const offsetSchema = z.int().min(0)
const pairSchema = z.tuple([offsetSchema.nullable().describe('null: not known.'), valueSchema])

const sendStep = z
  .tuple([z.literal('send'), keySchema, z.union([valueSchema, pairSchema])])
  .describe('Sends a value; once it is acknowledged, with its offset.')
const pollStep = z
  .union([
    z.tuple([z.literal('poll')]),
    z.tuple([z.literal('poll'), z.record(z.string(), z.array(pairSchema)).nullable()]),
  ])
  .describe('Polls; when it returns, what it was given.')
const stepSchema = z.union([sendStep, pollStep])

const common = {
  index: z.int().nullish().describe('Its place in the history.'),
  process: z.union([z.int(), z.string()]).describe('Who; a process does one operation at a time.'),
  time: z.number().nullish(),
  type: z
    .enum(['invoke', 'ok', 'fail', 'info'])
    .describe(
      'fail: certainly not. info: unknown. Where sends of one invoke fared differently, there is one answer for ' +
        'each outcome, which names its own sends; those that no answer names are unknown.',
    ),
}

const operationLine = z.looseObject({
  ...common,
  f: z.enum(['send', 'poll', 'txn']),
  value: z.array(stepSchema).nullish(),
  'rebalance-log': z
    .array(z.looseObject({ keys: z.array(keySchema) }))
    .nullish()
    .describe('Topic-partitions that moved while the operation ran: its own polls may jump there.'),
})
const assignmentLine = z.looseObject({
  ...common,
  f: z.enum(['assign', 'subscribe']),
  value: z
    .array(keySchema)
    .nullish()
    .describe('All topic-partitions from now on; subscribe may name topics.'),
  group: z.string().optional().describe('The consumer group. @default "" for subscribe, none for assign'),
  'seek-to-beginning?': z.boolean().optional(),
})
const commitLine = z.looseObject({
  ...common,
  f: z.literal('commit'),
  value: z
    .array(z.tuple([keySchema, offsetSchema]))
    .nullish()
    .describe('Per topic-partition the next offset to be read.'),
  group: z.string().optional(),
})
const otherLine = z.looseObject({ ...common, f: z.enum(['crash', 'debug-topic-partitions']) })

export const historySchema = z
  .discriminatedUnion('f', [operationLine, assignmentLine, commitLine, otherLine])
  .describe('One line of a history.')

export type SendStep = readonly ['send', string | number, Value | readonly [number | null, Value]]
export type PollStep =
  | readonly ['poll']
  | readonly ['poll', Readonly<Record<string, readonly (readonly [number | null, Value])[]>> | null]

interface Common {
  readonly index?: number | null
  readonly process: number | string
  readonly time?: number | null
  readonly type: 'invoke' | 'ok' | 'fail' | 'info'
}
export type HistoryLine =
  | (Common & {
      readonly f: 'send' | 'poll' | 'txn'
      readonly value?: readonly (SendStep | PollStep)[] | null
      readonly 'rebalance-log'?: readonly { readonly keys: readonly (string | number)[] }[] | null
    })
  | (Common & {
      readonly f: 'assign' | 'subscribe'
      readonly value?: readonly (string | number)[] | null
      readonly group?: string
      readonly 'seek-to-beginning?'?: boolean
    })
  | (Common & {
      readonly f: 'commit'
      readonly value?: readonly (readonly [string | number, number])[] | null
      readonly group?: string
    })
  | (Common & { readonly f: 'crash' | 'debug-topic-partitions' })

/**
 * A line, checked by the schema; null when it is not about a client. What is usual never comes here: see
 * `HistoryScanner`.
 * @throws AftershockError `input` that names the line.
 */
export function parseHistoryLine(text: string, where: string): HistoryLine | null {
  const parsed = parseJson(text, where)
  // Jepsen's own process breaks things; it is no client.
  if (typeof parsed === 'object' && parsed !== null && 'process' in parsed && parsed.process === 'nemesis')
    return null
  const result = historySchema.safeParse(parsed)
  if (result.success) return result.data as HistoryLine
  throw new AftershockError('input', `${where}: ${explain(result.error)}`, {
    hint: '`aftershock schema history` prints the format of a line; docs/audit.md has examples.',
  })
}

export function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new AftershockError('input', `${where}: not JSON: ${excerpt(text)}`, {
      cause: error,
      hint: 'A history has one JSON document on each line.',
    })
  }
}

/** The beginning of a line for people; nothing of what may not be text, which a terminal might obey. */
function excerpt(text: string): string {
  const start = text.slice(0, 80)
  return /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\u2028\u2029\ufffd]/u.test(start.replaceAll('\t', ' '))
    ? 'it is not text'
    : start
}

/** The first thing that is wrong, and where in the line. */
export function explain(error: z.ZodError): string {
  const [issue] = error.issues
  if (issue === undefined) return 'not a line of a history'
  const path = issue.path.map(part => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('')
  return `${path === '' ? 'the line' : path.replace(/^\./, '')}: ${issue.message}`
}
