import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { messageOf } from '../core/errors.ts'
import { differencesFromShipped, inputsWithin } from '../cost/cost-inputs.ts'
import { loadInputs, priceRun } from '../cost/write-cost.ts'
import { platformSoftware } from '../record/platform-software.ts'
import { RAW_PLACES } from '../record/run-folder.ts'
import { readScorecard, type Scorecard } from '../record/scorecard.ts'
import { judgeRun, measureRun } from '../score/score.ts'
import type { Statement } from '../seal/in-toto.ts'
import { toolBuild, toolVersion } from '../seal/statement.ts'
import {
  auditAcrossVersions,
  costAcrossVersions,
  type Finding,
  scorecardAcrossVersions,
} from './verify-across-versions.ts'
import { differences } from './verify-difference.ts'
import { auditApart } from './audit-apart.ts'
import { otherProgram } from './other-program.ts'
import type { Findings } from './verify-findings.ts'

const DERIVED = ['audit.json', 'measurements.json', 'scorecard.json', 'cost.json'] as const
type DerivedFile = (typeof DERIVED)[number]

/** Differences that are worth naming in one document: the first says most. */
const NAMED_PER_FILE = 5

/**
 * Judges the run again, from its raw evidence alone, and holds the result against what was sealed. The raw
 * files are linked into an empty folder, so that no earlier result can be read by accident.
 * @returns the scorecard that this build derives; null when it derives none.
 */
export async function verifyVerdict(
  dir: string,
  { predicate, subject }: Statement,
  findings: Findings,
): Promise<Scorecard | null> {
  const folder = mkdtempSync(join(tmpdir(), 'aftershock-verify-'))
  try {
    for (const name of RAW_PLACES) {
      const target = resolve(dir, name)
      if (existsSync(target)) symlinkSync(target, join(folder, name))
    }
    noteSoftware(join(folder, 'run.json'), findings)
    const isSealed = (file: DerivedFile) => existsSync(join(dir, file))
    // Measuring and pricing need no audit: they go on while it reads the histories.
    const audited = settled(() => auditApart(folder))
    const measured = await settled(() => measureRun(folder))
    const priced = await settled(async () => {
      if (isSealed('cost.json')) await deriveCost(join(dir, 'cost.json'), folder, findings)
    })
    tell('audit.json', isSealed('audit.json'), await audited, findings)
    const scored = await settled(async () => judgeRun(folder, valueOf(measured)))
    tell('scorecard.json', isSealed('scorecard.json'), scored, findings)
    tell('cost.json', isSealed('cost.json'), priced, findings)
    const other = otherProgram(predicate.sealedBy, { version: toolVersion(), build: toolBuild() })
    const sameVersion = other === null
    if (other !== null) {
      findings.note(
        `sealed by ${other.was}, derived again by ${other.is}: counts and verdicts are compared, wording is not`,
      )
    }
    for (const file of DERIVED) compareFile(file, dir, folder, sameVersion, findings)
    const page = subject.find(({ name }) => name === 'report.html')?.digest.sha256
    if (page && sameVersion && !findings.hasFailed('verdict')) await compareReport(page, folder, findings)
    const scorecard = readScorecard(folder)
    const verdict = scorecard?.verdict ?? null
    findings.passed(
      'verdict',
      predicate.verdict === null
        ? `sealed without one; derived from the raw evidence: ${verdict ?? 'none'}`
        : sameVersion
          ? `${verdict}, derived again from the raw evidence alone; ${agreed(dir)} agree`
          : `${verdict}, derived again by ${other.is}; what was sealed does not contradict it`,
    )
    return scorecard
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The seal names the platform; what stood for it is no product where it says so. */
function noteSoftware(path: string, findings: Findings): void {
  const { data } = platformSoftware.safeParse(record(readJson(path))['software'])
  if (data && data.kind !== 'product') findings.note(`the platform was made of: ${data.name} (${data.kind})`)
}

/**
 * From the raw evidence, and from the workload and the prices that the sealed file holds: they are its author's, and
 * are no evidence. Where they are not those of this version, that is noted.
 */
async function deriveCost(sealed: string, folder: string, findings: Findings): Promise<void> {
  const inputs = inputsWithin(sealed)
  if (!inputs) return
  await priceRun(folder, inputs)
  for (const difference of differencesFromShipped(inputs, await loadInputs())) {
    findings.note(`cost.json: ${difference}; meters and sums were worked out again from what the file holds`)
  }
}

type Settled<T> = { readonly value: T } | { readonly error: unknown }

/** What became of it, for whoever asks later. */
async function settled<T>(work: () => Promise<T>): Promise<Settled<T>> {
  try {
    return { value: await work() }
  } catch (error) {
    return { error }
  }
}

function valueOf<T>(of: Settled<T>): T {
  if ('error' in of) throw of.error
  return of.value
}

/** A run that was cut down may be beyond judging; it must then not have been judged before either. */
function tell(file: DerivedFile, isSealed: boolean, derived: Settled<unknown>, findings: Findings): void {
  if (!('error' in derived)) return
  const what = `cannot be derived again: ${messageOf(derived.error)}`
  if (isSealed) findings.problem('verdict', what, { file })
  else findings.note(`${file} ${what}`)
}

function compareFile(
  file: DerivedFile,
  dir: string,
  folder: string,
  sameVersion: boolean,
  findings: Findings,
): void {
  if (!existsSync(join(dir, file)) || !existsSync(join(folder, file))) return
  const [sealed, derived] = [readJson(join(dir, file)), readJson(join(folder, file))]
  if (!sameVersion) {
    for (const { isProblem, what } of acrossVersions(file, sealed, derived, join(folder, 'run.json')))
      if (isProblem) findings.problem('verdict', what, { file })
      else findings.note(`${file}: ${what}`)
    return
  }
  for (const found of differences(sealed, derived, NAMED_PER_FILE)) {
    const what = `${found.pointer} is ${found.sealed}; the raw evidence gives ${found.derived}`
    findings.problem('verdict', what, { file })
  }
}

function acrossVersions(
  file: DerivedFile,
  sealed: unknown,
  derived: unknown,
  run: string,
): readonly Finding[] {
  switch (file) {
    case 'audit.json':
      return auditAcrossVersions(sealed, derived)
    case 'scorecard.json':
      return scorecardAcrossVersions(sealed, derived, gatesOf(run))
    case 'cost.json':
      return costAcrossVersions(sealed, derived)
    // What was measured shows in the scorecard, as far as it is judged.
    case 'measurements.json':
      return []
  }
}

const gatesOf = (run: string): ReadonlySet<string> =>
  new Set(list(record(record(readJson(run))['drill'])['gates']).map(({ gate }) => String(gate)))

/** The page is what people look at: with the same version, the same evidence draws the same bytes. */
async function compareReport(sha256: string, folder: string, findings: Findings): Promise<void> {
  if (!existsSync(join(folder, 'scorecard.json'))) return
  try {
    // Drawing loads a library of charts that nothing else here needs.
    const { renderReport } = await import('../report/report.ts')
    const page = await renderReport(folder)
    if (createHash('sha256').update(page).digest('hex') === sha256) return
    findings.problem('verdict', 'is not the page that the evidence gives', { file: 'report.html' })
  } catch (error) {
    findings.problem('verdict', `cannot be drawn again: ${messageOf(error)}`, { file: 'report.html' })
  }
}

interface Loose {
  readonly [name: string]: unknown
}
const record = (value: unknown): Loose =>
  typeof value === 'object' && value !== null ? (value as Loose) : {}
const list = (value: unknown): readonly Loose[] => (Array.isArray(value) ? value.map(record) : [])

function agreed(dir: string): string {
  return existsSync(join(dir, 'cost.json'))
    ? 'audit, measurements, scorecard and cost'
    : 'audit, measurements and scorecard'
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}
