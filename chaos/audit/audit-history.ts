import type { Contract } from '../core/contract.ts'
import { Auditor } from './auditor.ts'
import { Catalog } from './catalog.ts'
import { contractFacts } from './contract-facts.ts'
import { EvidenceCollector } from './evidence-collector.ts'
import { type HistorySource, readHistory, topicOfKey } from './history-reader.ts'
import { fromJepsen, isJepsenHistory } from './jepsen-history.ts'
import { chunksOf } from './line-reader.ts'
import { examplesOf, judge, resultOf } from './judge.ts'
import { totalsOf } from './totals.ts'
import type { AuditResult } from '../record/audit-file.ts'

export interface AuditHistoryOptions {
  /** Says which topics tolerate duplicates; a key `telemetry-3` belongs to topic `telemetry`. */
  readonly contract?: Contract
  /** Its name in messages and in evidence. @default the path */
  readonly shownAs?: string
}

/**
 * Audits a history in the open format, or Jepsen's own, which is told by `.edn`.
 * @throws AftershockError `input`, naming file and line, when it is not one.
 */
export function auditHistoryFile(path: string, options: AuditHistoryOptions = {}): Promise<AuditResult> {
  const source = { name: options.shownAs ?? path, chunks: () => chunksOf(path) }
  return auditHistory(isJepsenHistory(path) ? fromJepsen(source) : source, options)
}

/** The same for a history from anywhere. It is read a second time when there is something to prove. */
export async function auditHistory(
  source: HistorySource,
  { contract }: AuditHistoryOptions = {},
): Promise<AuditResult> {
  const facts = contract && contractFacts(contract.topics)
  const catalog = new Catalog(facts && (key => facts(topicOfKey(key))))
  const auditor = new Auditor({ catalog, kind: 'open' })
  const lines = await readHistory(source, catalog, auditor)
  const { offsets } = auditor
  auditor.finish(partition => ({ low: 0, lowAfter: null, upTo: offsets.maxSeen(partition).offset }))
  const examples = [...auditor.findings.examples.values()].flat()
  const evidence = new EvidenceCollector(catalog, examples)
  if (examples.length > 0) await readHistory(source, catalog, evidence)
  const totals = totalsOf(auditor, catalog)
  const judgement = judge(totals, troubles(auditor, lines))
  return resultOf('open', totals, judgement, examplesOf(auditor, catalog, evidence))
}

function troubles(auditor: Auditor, lines: number): string[] {
  if (lines === 0) return ['the history is empty']
  const total = (name: 'sends' | 'polled') => auditor.counts.reduce((sum, counts) => sum + counts[name], 0)
  const reasons: string[] = []
  if (total('sends') === 0) reasons.push('nothing was sent')
  if (total('polled') === 0) reasons.push('nothing was read')
  return reasons
}
