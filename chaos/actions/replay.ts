import { z } from 'zod'
import { drillScopeKeys, limitWords, scopeWords } from '../core/replay-scope.ts'
import { defineAction } from './action.ts'

const { topics, ...where } = drillScopeKeys
const spec = z.strictObject({
  topics: topics.optional().describe('Topics of the contract; none besides them is read. Default: all.'),
  ...where,
  rateLimit: z
    .int()
    .positive()
    .optional()
    .describe('Bytes a second that each broker hands to it, as a quota. Default: no limit.')
    .meta({ examples: [1_000_000] }),
  consumer: z
    .string()
    // No word begins with a digit: the second replay of a consumer has a `-2` behind its name.
    .regex(/^[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*$/)
    .max(40)
    .default('recovery')
    .describe('Who reads it. One consumer reads one replay at a time, and two consumers two.')
    .meta({ examples: ['dashboards'] }),
})

/**
 * A consumer reads history while ingest goes on: every topic from the oldest offset to its end as it was when the
 * replay began, or what of that the drill names. Its result is that of `chaos/replay/replay.ts`.
 */
export const replay = defineAction<z.output<typeof spec>>({
  kind: 'replay',
  summary: 'History is read again while devices keep sending: all of it, or from an offset or a time on.',
  needs: [],
  spec,
  describe({ topics: named, rateLimit, consumer, ...rest }) {
    const isWhole = named === undefined && rest.partitions === undefined && rest.to === 'end'
    const what =
      isWhole && rest.from === 'oldest'
        ? 'replay from the oldest offset'
        : `replay of ${scopeWords({ ...rest, topics: named ?? ['every topic'] })}`
    return `${what}${consumer === 'recovery' ? '' : ` by ${consumer}`}${limitWords(rateLimit)}`
  },
  run({ topics: named, partitions, from, to, rateLimit }, { id, hands, signal }) {
    const scope = { from, to, ...(named && { topics: named }), ...(partitions && { partitions }) }
    return hands.replay({ id, scope, bytesPerSecond: rateLimit ?? null }, signal)
  },
})
