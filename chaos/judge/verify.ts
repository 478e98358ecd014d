import { join } from 'node:path'
import { messageOf } from '../core/errors.ts'
import type { Verdict } from '../core/verdict.ts'
import { readJournal } from '../record/journal-reader.ts'
import type { Scorecard } from '../record/scorecard.ts'
import { BUNDLE } from '../seal/seal.ts'
import { readPublicKey } from '../seal/keys.ts'
import { describeRun } from '../seal/statement.ts'
import { BundleRefusal, type OpenedBundle, openBundle } from '../seal/bundle.ts'
import { differences } from './verify-difference.ts'
import { locateBundle } from './verify-place.ts'
import { type VerifiedFiles, verifyFiles } from './verify-files.ts'
import { type CheckReport, Findings, type Problem } from './verify-findings.ts'
import { verifyHistories } from './verify-histories.ts'
import { type RunState, verifyJournal } from './verify-journal.ts'
import { LIMITS } from '../record/limits.ts'
import { type SignatureReport, verifySignature } from './verify-signature.ts'
import { verifyVerdict } from './verify-verdict.ts'

export interface VerifyOptions {
  /** The file of the public key that must have signed. @default the signer is not checked, and it is said */
  readonly publicKey?: string
  /** Leaves out deriving the verdict again, and says so. @default false */
  readonly quick?: boolean
}

export interface VerifyReport {
  readonly format: 1
  readonly ok: boolean
  readonly dir: string
  /** What the seal says of the run; null when there is no seal that can be read. */
  readonly sealed: {
    readonly run: string
    readonly drill: string
    readonly platform: string
    readonly startedAt: string
    readonly commit: string | null
    readonly sealedByVersion: string
  } | null
  readonly signature: SignatureReport | null
  readonly state: RunState
  readonly verdict: { readonly sealed: Verdict | null; readonly derived: Verdict | null }
  readonly checks: readonly CheckReport[]
  /** At most twenty; `problemCount` has them all. */
  readonly problems: readonly Problem[]
  readonly problemCount: number
  /** Holes in the evidence of a run that did not complete. */
  readonly incomplete: readonly string[]
  readonly notes: readonly string[]
}

/**
 * Verifies a run's folder offline: seal, signature, every file, the journal's chain, every shard, what the
 * seal says of the run, and the verdict, derived again from the raw evidence. Reads nothing outside of it.
 * What is wrong with the evidence is in the report.
 * @throws AftershockError `input` when there is no such folder, or the public key is none.
 */
export async function verifyRun(dirOrBundle: string, options: VerifyOptions = {}): Promise<VerifyReport> {
  return (await verifyAndDerive(dirOrBundle, options)).report
}

/**
 * As `verifyRun`, with the scorecard that this build derives from the raw evidence.
 * @throws AftershockError as `verifyRun` does
 */
export async function verifyAndDerive(
  dirOrBundle: string,
  options: VerifyOptions = {},
): Promise<{
  readonly report: VerifyReport
  /** null where the verdict was not derived again: the report says why. */
  readonly scorecard: Scorecard | null
}> {
  const given = options.publicKey === undefined ? null : readPublicKey(options.publicKey)
  const { dir, bundle } = locateBundle(dirOrBundle)
  const findings = new Findings()
  const opened = await open(bundle, findings)
  const signature = opened && verifySignature(opened, given, findings)
  const files = await verifyFiles(dir, opened?.statement ?? null, findings)
  const { state, incomplete } = await verifyRaw(dir, files, findings)
  await verifyStatement(dir, files, opened, findings)
  const scorecard = await derive(dir, files, opened, options.quick ?? false, findings)
  const predicate = opened?.statement.predicate ?? null
  if (predicate?.verdict === 'pass' && state !== 'completed' && state !== 'unknown') {
    findings.problem('verdict', `is a pass, and the run is ${state}`, { file: 'scorecard.json' })
  }
  const report: VerifyReport = {
    format: 1,
    ok: findings.problemCount === 0,
    dir,
    sealed: predicate && {
      run: predicate.run.id,
      drill: predicate.run.drill,
      platform: predicate.run.platform,
      startedAt: predicate.run.startedAt,
      commit: predicate.run.commit,
      sealedByVersion: predicate.sealedBy.version,
    },
    signature,
    state,
    verdict: { sealed: predicate?.verdict ?? null, derived: scorecard?.verdict ?? null },
    checks: findings.checks(),
    problems: findings.problems,
    problemCount: findings.problemCount,
    incomplete: incomplete.slice(0, LIMITS.listed),
    notes: findings.notes,
  }
  return { report, scorecard }
}

async function open(bundle: string, findings: Findings): Promise<OpenedBundle | null> {
  try {
    const opened = await openBundle(bundle)
    const { subject, predicate } = opened.statement
    findings.passed('bundle', `an in-toto statement over ${subject.length} files of run ${predicate.run.id}`)
    return opened
  } catch (error) {
    if (!(error instanceof BundleRefusal)) throw error
    findings.problem('bundle', error.message, { file: BUNDLE })
    findings.notChecked('signature', 'there is no seal that can be read')
    return null
  }
}

/** What the run wrote itself: the journal's chain and the shards of the histories. */
async function verifyRaw(
  dir: string,
  { facts, safe }: VerifiedFiles,
  findings: Findings,
): Promise<{ state: RunState; incomplete: readonly string[] }> {
  const journalFacts = facts.find(({ name }) => name === 'journal.jsonl')
  if (!safe || !journalFacts) {
    if (safe) findings.problem('journal', 'is missing', { file: 'journal.jsonl' })
    else findings.notChecked('journal', UNSAFE)
    findings.notChecked('histories', safe ? 'there is no journal to tell whose they are' : UNSAFE)
    return { state: 'unknown', incomplete: [] }
  }
  const journal = await readJournal(join(dir, 'journal.jsonl'))
  const state = verifyJournal(journal, journalFacts, findings)
  return { state, incomplete: await verifyHistories(dir, facts, journal, state, findings) }
}

const UNSAFE = 'the folder holds what is not safe to read'
const CHANGED = 'the files are not the sealed ones'

/** Works out again what the seal says of the run, and compares. */
async function verifyStatement(
  dir: string,
  { facts, safe }: VerifiedFiles,
  opened: OpenedBundle | null,
  findings: Findings,
): Promise<void> {
  if (!opened || !safe) return findings.notChecked('statement', opened ? UNSAFE : 'there is no seal')
  if (findings.hasFailed('files')) return findings.notChecked('statement', CHANGED)
  try {
    const { predicate } = await describeRun(dir, facts)
    const { sealedBy: _, signer: _signer, checksum: _checksum, ...sealed } = opened.statement.predicate
    for (const { pointer, sealed: said, derived } of differences(sealed, predicate, LIMITS.listed)) {
      findings.problem('statement', `${pointer} is ${said}; the folder says ${derived}`, { file: BUNDLE })
    }
    findings.passed('statement', 'what the seal says of the run is what the folder says')
  } catch (error) {
    findings.problem('statement', messageOf(error))
  }
}

async function derive(
  dir: string,
  { safe }: VerifiedFiles,
  opened: OpenedBundle | null,
  quick: boolean,
  findings: Findings,
): Promise<Scorecard | null> {
  const why = !opened
    ? 'there is no sealed one to compare with'
    : !safe
      ? UNSAFE
      : findings.hasFailed('files')
        ? CHANGED
        : quick
          ? 'left out (--quick): the sealed verdict was not derived again'
          : null
  if (why === null) return verifyVerdict(dir, (opened as OpenedBundle).statement, findings)
  findings.notChecked('verdict', why)
  return null
}
