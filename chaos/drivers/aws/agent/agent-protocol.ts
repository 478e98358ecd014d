import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Readable } from 'node:stream'
import { z } from 'zod'
import type { Clock } from '../../../core/clock.ts'
import { AftershockError } from '../../../core/errors.ts'
import type { Outcome } from '../../../core/network.ts'
import { processIdentity } from '../../../core/process-identity.ts'

/**
 * A connection to an agent is one question. The agent sends a number that was never used before; whoever asks signs it
 * with the question, and is given an answer that is signed for a number of its own. So nobody without the key asks or
 * answers, and nothing that was overheard can be said again. What passes a tunnel is as safe as the brokers' listeners.
 */
export const AGENT_PORT = 7071
/** Of a question or an answer, with its signature. */
const LONGEST_LINE = 8192
export const HANDSHAKE_MS = 5000

const place = { host: z.string().min(1).max(255), port: z.int().min(1).max(65_535) }

export const question = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('look') }),
  z.strictObject({ do: z.literal('knock'), ...place, withinMs: z.int().min(1).max(30_000) }),
  z.strictObject({ do: z.literal('tunnel'), ...place }),
  z.strictObject({ do: z.literal('disk') }),
  z.strictObject({ do: z.literal('bytes') }),
  z.strictObject({ do: z.literal('store'), withinMs: z.int().min(1).max(30_000) }),
])
export type Question = z.output<typeof question>

/** Who it is, and what the machine's own process table has of the node. */
export const look = z.strictObject({
  name: z.string(),
  host: z.string().nullable().describe('Under which its broker is known; null: there is none.'),
  state: z.enum(['running', 'stopped', 'absent']),
  process: processIdentity.nullable(),
  ageMs: z.number().nullable(),
  faults: z
    .array(z.string())
    .describe('What drills hold on the machine now: `unit`, or tags of faults on links.'),
})
export type Look = z.output<typeof look>

/** Of the broker's log directory, by its files. */
export const disk = z.strictObject({
  directoryId: z.string().nullable(),
  clusterId: z.string().nullable(),
  segmentBytes: z.number(),
})
export type Disk = z.output<typeof disk>

const outcomes = z.enum(['answered', 'refused', 'silent', 'reset'])

/** Of a signed request to the object store, made from there. */
export const storeReply = z.strictObject({
  outcome: outcomes,
  status: z.number().nullable(),
  code: z.string().nullable(),
  ms: z.number(),
})

export const answer = z.discriminatedUnion('is', [
  z.strictObject({ is: z.literal('seen'), look }),
  /** Of a knock, and of a tunnel: after `answered`, what follows on the connection is the tunnel's. */
  z.strictObject({ is: z.literal('knocked'), outcome: outcomes }),
  z.strictObject({ is: z.literal('read'), disk }),
  /** Received from others since the agent began: `in 9094 10.0.0.9` to a port of its own, `back …` from one of theirs. */
  z.strictObject({ is: z.literal('counted'), bytes: z.record(z.string(), z.number()) }),
  z.strictObject({ is: z.literal('stored'), reply: storeReply }),
  z.strictObject({ is: z.literal('declined'), why: z.string() }),
])
export type Answer = z.output<typeof answer>

export type KnockOutcome = Outcome

export const greeting = z.strictObject({ agent: z.literal(1), nonce: z.string().length(32) })
const signed = { text: z.string().max(LONGEST_LINE), mac: z.string().length(64) }
export const asked = z.strictObject({ nonce: z.string().length(32), ...signed })
export const answered = z.strictObject(signed)

export const newNonce = (): string => randomBytes(16).toString('hex')

/** @param of what the text is, and the numbers for which it is said */
export function macOf(key: Buffer, of: readonly string[], text: string): string {
  return createHmac('sha256', key)
    .update([...of, text].join('\n'))
    .digest('hex')
}

export function isMac(mac: string, expected: string): boolean {
  return mac.length === expected.length && timingSafeEqual(Buffer.from(mac), Buffer.from(expected))
}

export const lineOf = (value: object): string => `${JSON.stringify(value)}\n`

/** Its bytes after the line stay in the stream. @throws AftershockError `unavailable` */
export async function readLine(from: Readable, withinMs: number, clock: Clock): Promise<string> {
  let had = Buffer.alloc(0)
  const stop = new AbortController()
  try {
    return await new Promise<string>((resolve, reject) => {
      const fail = (why: string) => reject(new AftershockError('unavailable', why))
      const read = () => {
        for (let chunk = from.read() as Buffer | null; chunk !== null; chunk = from.read() as Buffer | null) {
          had = Buffer.concat([had, chunk])
          const end = had.indexOf(10)
          if (end < 0 && had.length <= LONGEST_LINE) continue
          if (end < 0 || end > LONGEST_LINE) return fail('a line was too long')
          off()
          if (end + 1 < had.length) from.unshift(had.subarray(end + 1))
          return resolve(had.toString('utf8', 0, end))
        }
      }
      const closed = () => fail('the connection ended')
      const off = () => {
        from.off('readable', read)
        from.off('close', closed)
        from.off('end', closed)
      }
      from.on('readable', read)
      from.once('close', closed)
      from.once('end', closed)
      clock.sleep(withinMs, stop.signal).then(
        () => fail(`nothing was said for ${withinMs} ms`),
        () => {},
      )
      read()
    })
  } finally {
    stop.abort()
  }
}

/** @throws AftershockError `unavailable` for what is none of ours */
export function parsed<T>(kind: z.ZodType<T>, text: string): T {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new AftershockError('unavailable', 'what was said is no line of an agent')
  }
  const found = kind.safeParse(value)
  if (found.success) return found.data
  throw new AftershockError('unavailable', 'what was said is no line of an agent')
}
