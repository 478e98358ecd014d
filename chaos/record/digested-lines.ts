import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { writeText } from './bounded-files.ts'
import { eachLine, parseLine } from './json-lines.ts'

/** The last line of a file of lines that is written whole or not at all: how many came before it, and their digest. */
export const endLine = z.strictObject({
  kind: z.literal('end'),
  lines: z.int().min(0).describe('How many came before it, header included.'),
  sha256: z.string().describe('Of every byte before this line, in hex.'),
})
type EndLine = z.output<typeof endLine>

/** Writes the lines and their end. The folder must exist. */
export function writeDigestedLines(runDir: string, file: string, lines: readonly object[]): void {
  const text = lines.map(line => `${JSON.stringify(line)}\n`).join('')
  const sha256 = createHash('sha256').update(text).digest('hex')
  const last: EndLine = { kind: 'end', lines: lines.length, sha256 }
  writeText(join(runDir, file), `${text}${JSON.stringify(last)}\n`)
}

/** What a line of such a file holds at most. */
const RECORDS_A_LINE = 500

/** As many of them as a line holds, in their order. */
export function* portions<T>(all: readonly T[]): Iterable<T[]> {
  for (let at = 0; at < all.length; at += RECORDS_A_LINE) yield all.slice(at, at + RECORDS_A_LINE)
}

export interface DigestedLines<L> {
  readonly file: string
  readonly lines: readonly L[]
  /** Why they are not whole; null when they are. */
  readonly trouble: string | null
}

/** @param of whose evidence it is, in words @param schema of each line, the end among them */
export async function readDigestedLines<L extends { readonly kind: string }>(
  runDir: string,
  file: string,
  of: string,
  schema: z.ZodType<L>,
): Promise<DigestedLines<L>> {
  if (!existsSync(join(runDir, file))) return { file, lines: [], trouble: 'the file is missing' }
  const lines: L[] = []
  const digest = createHash('sha256')
  let trouble: string | null = null
  const { torn } = await eachLine(join(runDir, file), (text, number) => {
    const parsed = schema.safeParse(parseLine(text))
    if (parsed.success) lines.push(parsed.data)
    else trouble ??= `line ${number} is none of ${of}’s evidence`
    if (parsed.data?.kind !== 'end') digest.update(`${text}\n`)
  })
  const last = endLine.safeParse(lines.at(-1)).data
  if (torn) trouble ??= 'its last line was cut short'
  if (!last) trouble ??= 'it has no end line'
  else if (last.lines !== lines.length - 1)
    trouble ??= `it ends after ${lines.length - 1} lines and claims ${last.lines}`
  else if (last.sha256 !== digest.digest('hex')) trouble ??= 'its digest is not that of its lines'
  return { file, lines, trouble }
}
