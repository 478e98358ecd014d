import { statSync } from 'node:fs'
import { join } from 'node:path'
import { AftershockError, messageOf } from '../core/errors.ts'
import type { Verdict } from '../core/verdict.ts'
import { formatEnvelope, makeEnvelope } from './dsse.ts'
import { closeStatement, nameTrouble, PAYLOAD_TYPE, type Statement } from './in-toto.ts'
import { listFiles, totalBytes } from './inventory.ts'
import { readSealingKey, type SealingKey, spkiOf } from './keys.ts'
import {
  describeRun,
  limitTrouble,
  readAllFacts,
  type RunFacts,
  toolBuild,
  toolVersion,
} from './statement.ts'
import { LIMITS } from '../record/limits.ts'
import { writeText } from '../record/bounded-files.ts'

export const BUNDLE = 'bundle.json'

export interface SealReport {
  readonly bundle: string
  readonly files: number
  readonly verdict: Verdict | null
  /** null: sealed, unsigned. */
  readonly keyid: string | null
  /** For people: `sealed 31 files, signed by 3f2a…` or `sealed 31 files, unsigned`. */
  readonly sentence: string
  /** What a reader of the bundle will stumble over. */
  readonly warnings: readonly string[]
}

export interface SealOptions {
  /** The file of an Ed25519 private key. @default the run is sealed unsigned */
  readonly key?: string
}

/**
 * Seals a run's folder as it is now: the digest of every file and what the run says of itself, in
 * `bundle.json`. Sealing judges nothing and may be repeated, after scoring again for example; the same
 * folder and key give the same bytes.
 * @throws AftershockError `input` when the folder is no run's, has a link or a device in it, or is larger
 * than anyone would verify; or when the key is none.
 */
export async function sealRun(runDir: string, options: SealOptions = {}): Promise<SealReport> {
  const signer = options.key === undefined ? null : readSealingKey(options.key)
  const run = await readRunFolder(runDir)
  const statement = makeStatement(run, signer)
  const payload = Buffer.from(JSON.stringify(statement))
  const text = formatEnvelope(makeEnvelope(PAYLOAD_TYPE, payload, signer))
  if (text.length > LIMITS.bundleBytes) throw tooMuch(`the bundle has ${text.length} bytes`)
  const bundle = join(runDir, BUNDLE)
  writeText(bundle, text)
  const files = statement.subject.length
  const by = signer ? `signed by ${signer.keyid}` : 'unsigned'
  return {
    bundle,
    files,
    verdict: statement.predicate.verdict,
    keyid: signer?.keyid ?? null,
    sentence: `sealed ${files} files, ${by}`,
    warnings: [...keyWarnings(options.key), ...runWarnings(run)],
  }
}

async function readRunFolder(runDir: string): Promise<RunFacts> {
  try {
    const { files, troubles } = await listFiles(runDir)
    const odd = [
      ...troubles,
      ...files.flatMap(name => {
        const what = nameTrouble(name)
        return what === null ? [] : [{ name, what }]
      }),
    ][0]
    if (odd)
      throw new AftershockError('input', `cannot seal ${JSON.stringify(odd.name)}: it ${odd.what}`, {
        hint: "take it out of the run's folder: only ordinary files with plain names are sealed",
      })
    // What an earlier sealing left half done is no evidence either.
    const evidence = files.filter(name => name !== `${BUNDLE}.partial`)
    const size = await totalBytes(runDir, evidence)
    if (size > LIMITS.totalBytes) throw tooMuch(`the folder has ${size} bytes`)
    const facts = await readAllFacts(runDir, evidence)
    for (const file of facts) {
      const trouble = limitTrouble(file)
      if (trouble) throw tooMuch(`${file.name} ${trouble}`)
    }
    return await describeRun(runDir, facts)
  } catch (error) {
    if (error instanceof AftershockError) throw error
    throw new AftershockError('input', `cannot seal ${runDir}: ${messageOf(error)}`, {
      hint: 'check that the folder is whole and that you may read and write it',
      cause: error,
    })
  }
}

function makeStatement(run: RunFacts, signer: SealingKey | null): Statement {
  const build = toolBuild()
  return closeStatement(run.subjects, {
    ...run.predicate,
    sealedBy: { tool: 'aftershock', version: toolVersion(), ...(build !== null && { build }) },
    signer: signer && { keyid: signer.keyid, publicKey: spkiOf(signer.publicKey).toString('base64') },
  })
}

function tooMuch(what: string): AftershockError {
  return new AftershockError('input', `${what}: more than anyone would verify`, {
    hint: 'docs/verifying-evidence.md has the limits.',
  })
}

function keyWarnings(key: string | undefined): string[] {
  if (key === undefined || process.platform === 'win32') return []
  return (statSync(key).mode & 0o077) === 0
    ? []
    : [`${key} can be read by others than its owner; chmod 600 mends it`]
}

function runWarnings({ journal, predicate }: RunFacts): string[] {
  const { outcome } = predicate.journal
  return [
    ...(journal.broken ? [`journal.jsonl:${journal.broken.line}: ${journal.broken.reason}`] : []),
    ...(outcome === null ? ['the run has no end: it verifies as interrupted'] : []),
    ...(predicate.verdict === null ? ['the run was not scored: the seal says no verdict'] : []),
  ]
}
