import { z } from 'zod'

const text = z.string()
const number = z.number()

/** A step of an action that changes what brokers run, as it stands in a journal. */
export const releaseStep = {
  id: text.describe('Of the action that it is a part of.'),
  step: text.describe('`checked`, `broker N`, `features` or `finalized`.'),
  node: number.optional().describe('Of a broker.'),
  to: text.describe('The release that the action goes to; that of finalizing is the one that runs.'),
  owner: z.enum(['machine', 'operator']),
  ok: z.boolean(),
  tookMs: number,
  proof: text.describe('What was seen when it was done, or why it could not be done.'),
  parts: z
    .object({ stopMs: number, serveMs: number, syncMs: number })
    .optional()
    .describe('Of a broker: until it had ended, from then until it served, from then until it was in sync.'),
  seen: z
    .array(
      z.object({
        node: number,
        release: text.nullable().describe('By the class path of its process; null: none was seen.'),
        pid: number.nullable(),
        supports: number.nullable().describe('The newest metadata.version that it knows, by itself.'),
        finalized: number.nullable().describe('The metadata.version of the cluster, by itself.'),
        replicas: number,
        inSync: number,
      }),
    )
    .optional()
    .describe('Brokers, as they were seen when the step was done.'),
  asked: z
    .object({
      feature: text.describe('The one that Kafka’s words name where it refuses.'),
      level: number,
      ok: z.boolean(),
      words: text.describe('Kafka’s own.'),
      levels: z.record(text, number).optional().describe('All that were asked for at once, by feature.'),
    })
    .optional()
    .describe('What was asked of the controller, and its answer, whether the step was done or not.'),
}
