import { list } from '../core/numbers.ts'
import type { TopicFindings } from './contract-finding.ts'
import type { ObservedAcl, ObservedTopic } from './observed-topic.ts'

const EVERYBODY = 'User:*'

/** Whether the brokers themselves refuse whom nobody named; a replay's approval is worth no more than that. */
export function checkAccess(findings: TopicFindings, { acls }: ObservedTopic): void {
  const next = 'let brokers have an authorizer, and give READ to the principals of the topic’s consumers only'
  if (acls === null) {
    const actual = 'the cluster has no authorizer: anybody may read and replay'
    findings.add('who may read', 'fail', 'named principals', actual, next)
    return
  }
  if (acls === 'unreadable') {
    const actual = 'this principal may not see the access rules'
    findings.add(
      'who may read',
      'inconclusive',
      'named principals',
      actual,
      'give it DESCRIBE on the cluster',
    )
    return
  }
  for (const [check, operation] of [
    ['who may read', 'read'],
    ['who may write', 'write'],
  ] as const) {
    const allowed = allowedFor(acls, operation)
    findings.add(
      check,
      allowed.includes(EVERYBODY) ? 'fail' : 'pass',
      'named principals',
      allowed.length === 0 ? 'nobody but super users' : list(allowed),
      `take ${operation.toUpperCase()} from ${EVERYBODY}`,
    )
  }
}

function allowedFor(acls: readonly ObservedAcl[], operation: 'read' | 'write'): string[] {
  const rules = acls.filter(rule => rule.operation === operation || rule.operation === 'all')
  const denied = new Set(rules.filter(rule => !rule.allowed).map(rule => rule.principal))
  const names = rules.filter(rule => rule.allowed && !denied.has(rule.principal)).map(rule => rule.principal)
  return denied.has(EVERYBODY) ? [] : [...new Set(names)].toSorted()
}
