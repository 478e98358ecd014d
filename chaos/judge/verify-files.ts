import { messageOf } from '../core/errors.ts'
import type { Statement } from '../seal/in-toto.ts'
import { type FileFacts, isShard, type Listing, listFiles, readFacts, totalBytes } from '../seal/inventory.ts'
import { limitTrouble } from '../seal/statement.ts'
import type { Findings } from './verify-findings.ts'
import { LIMITS } from '../record/limits.ts'

/** The folder as it is, as far as it was safe to read. */
export interface VerifiedFiles {
  readonly facts: readonly FileFacts[]
  /** Every file may be parsed: none is a link, or too large, too long or too deep. */
  readonly safe: boolean
}

/** Every file against its digest, every digest against its file. `statement` is null without a seal. */
export async function verifyFiles(
  dir: string,
  statement: Statement | null,
  findings: Findings,
): Promise<VerifiedFiles> {
  const listing = await listFiles(dir)
  const { troubles } = listing
  for (const { name, what } of troubles) findings.problem('files', what, { file: name })
  // What was added to a seal is told, not read; without one, only what the run itself can be judged by.
  const sealed = statement && new Set(statement.subject.map(({ name }) => name))
  const files = listing.files.filter(name => (sealed ? sealed.has(name) || isNoText(name) : isRaw(name)))
  const size = await totalBytes(dir, files)
  if (size > LIMITS.totalBytes) {
    findings.problem('files', `the folder has ${size} bytes; at most ${LIMITS.totalBytes} are read`)
    return { facts: [], safe: false }
  }
  if (troubles.some(({ name }) => name === '.')) return { facts: [], safe: false }
  const facts: FileFacts[] = []
  let safe = troubles.length === 0
  for (const name of files) {
    const file = await readFacts(dir, name).catch(messageOf)
    const trouble = typeof file === 'string' ? `cannot be read: ${file}` : limitTrouble(file)
    if (typeof file !== 'string') facts.push(file)
    if (trouble) findings.problem('files', trouble, { file: name })
    safe = safe && trouble === null
  }
  if (statement) compare(statement, facts, listing, findings)
  else findings.notChecked('files', 'there is no seal to compare them with')
  return { facts, safe }
}

/** Bytes that are no UTF-8 cannot be opened by the name that they were read as, which is said of them. */
const isNoText = (name: string): boolean => name.includes('\ufffd')

const isRaw = (name: string): boolean => name === 'run.json' || name === 'journal.jsonl' || isShard(name)

function compare(
  { subject }: Statement,
  facts: readonly FileFacts[],
  { files, troubles }: Listing,
  findings: Findings,
): void {
  const found = new Map(facts.map(file => [file.name, file.sha256]))
  const named = new Set(troubles.map(({ name }) => name))
  const sealed = new Set(subject.map(({ name }) => name))
  for (const { name, digest } of subject) {
    const sha256 = found.get(name)
    if (sha256 === undefined) {
      if (!named.has(name)) findings.problem('files', 'is sealed and missing', { file: name })
    } else if (sha256 !== digest.sha256) {
      findings.problem('files', 'was changed: its digest is not the sealed one', { file: name })
    }
  }
  for (const name of files)
    if (!sealed.has(name)) findings.problem('files', 'is not sealed: it was added', { file: name })
  findings.passed('files', `${subject.length} files, each with the sealed digest; none missing, none added`)
}
