import { join } from 'node:path'
import { z } from 'zod'
import { readJson, writeDocument } from './bounded-files.ts'
import { platformSoftware } from './platform-software.ts'

/** `compatibility.json`: what clients of several kinds got of a platform, line by line. */
const verdict = z.enum(['pass', 'fail', 'not-run'])
const answer = z.object({ verdict, shown: z.string() })

export const compatibility = z.object({
  format: z.literal(1),
  at: z.string().describe('When it began, ISO 8601.'),
  platform: z.string().nullable().describe('null: it is not known what the cluster runs.'),
  software: platformSoftware.nullable(),
  where: z.string().describe('`lab`, or the brokers that were asked first.'),
  clients: z
    .record(z.string(), z.object({ version: z.string().nullable(), why: z.string().nullable() }))
    .describe('By name; a client that was not there has no version, and why.'),
  lines: z.array(
    z.object({
      line: z.string(),
      asks: z.string(),
      neededBy: z.string(),
      needed: z.number().describe('So many clients have to have seen it.'),
      verdict,
      clients: z.record(z.string(), answer),
    }),
  ),
  verdict: z.enum(['pass', 'fail', 'inconclusive']),
})
export type Compatibility = z.output<typeof compatibility>

export const COMPATIBILITY_FILE = 'compatibility.json'

/** null when there is none. @throws AftershockError `input`, naming the file and the key, when it does not fit */
export function readCompatibility(dir: string): Compatibility | null {
  return readJson(join(dir, COMPATIBILITY_FILE), compatibility)
}

export function writeCompatibility(dir: string, value: Compatibility): void {
  writeDocument(join(dir, COMPATIBILITY_FILE), value)
}
