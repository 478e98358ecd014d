import type { Contract, TopicContract } from '../core/contract.ts'
import { list } from '../core/numbers.ts'
import { writtenDuration } from '../core/units.ts'
import { type ContractFinding, TopicFindings } from './contract-finding.ts'

/** What people write while they do not know yet; a promise with nobody behind it. */
const PLACEHOLDER =
  /^(|-+|\?+|tbd|tba|todo|fixme|xxx+|n\/?a|none|nobody|unknown|someone|changeme|owner|team)$/i

/**
 * What a contract says by itself, without a cluster: whether people and schema policies are named by which a replay
 * can be approved, read and survived. The file's own contradictions are refused when it is read.
 */
export function checkTerms({ topics }: Contract): ContractFinding[] {
  return Object.entries(topics).flatMap(([topic, terms]) => {
    const findings = new TopicFindings(topic)
    checkPeople(findings, terms)
    checkSchemaPolicy(findings, terms)
    checkRepeats(findings, terms)
    return findings.findings
  })
}

function checkPeople(findings: TopicFindings, terms: TopicContract): void {
  const named = (check: string, what: string, names: readonly string[]) => {
    const open = names.filter(name => PLACEHOLDER.test(name.trim()))
    findings.add(
      check,
      open.length === 0 ? 'pass' : 'fail',
      what,
      list(names),
      `name who it is: '${open[0] ?? ''}' answers no call during an incident`,
    )
  }
  named('owner', 'a team that answers for the topic', [terms.owner])
  named('incident contact', 'somebody who is called', [terms.incidentContact])
  named('replay approvers', 'people who may approve a replay', terms.replayApprovers)
  named('data owner', 'the region or account that owns the data', [terms.dataOwner])
}

function checkSchemaPolicy(findings: TopicFindings, { schemaPolicy, replayWindow }: TopicContract): void {
  // Backward: new readers can read old records (Confluent's and Apicurio's word). A replay is just that.
  const reads = schemaPolicy === 'backward' || schemaPolicy === 'full'
  findings.add(
    'schema policy',
    reads ? 'pass' : 'fail',
    `today's consumers can read records up to ${writtenDuration(replayWindow)} old (backward or full)`,
    schemaPolicy,
    'set schemaPolicy to backward or full in the registry and here; nothing else promises that a replay can be read',
  )
}

function checkRepeats(findings: TopicFindings, { duplicates, sinkFencing }: TopicContract): void {
  const clash = duplicates === 'forbidden' && sinkFencing === 'none'
  findings.add(
    'repeats',
    clash ? 'fail' : 'pass',
    'a sink that survives a record that comes twice, where consumers do not',
    `duplicates ${duplicates}, sink fencing ${sinkFencing}`,
    'a replay repeats records: let the sink upsert by key, fence by epoch or use transactions, or have consumers tolerate repeats',
  )
}
