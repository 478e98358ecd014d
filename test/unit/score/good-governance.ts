import { REFUSALS } from '../../../chaos/approvals/judge-replay.ts'
import type { GovernanceMeasurement } from '../../../chaos/record/governance-measurement.ts'

export const REFUSED = { inScope: { telemetry: 'refused' }, outside: { operations: 'refused' } } as const
/** A replay that was refused, approved, read within its scope and taken away again. */
export const GOOD_GOVERNANCE: GovernanceMeasurement = {
  id: 'rebuild',
  topics: ['telemetry'],
  uncovered: [],
  requester: 'ana',
  approvers: ['lead'],
  beforeApproval: { ...REFUSED, line: 3 },
  granted: { inScope: { telemetry: 'given' }, outside: { operations: 'refused' }, line: 20 },
  withdrawn: { ...REFUSED, line: 30 },
  refused: [...REFUSALS],
  admitted: [],
  grantLine: 19,
  removedLine: 29,
  remains: null,
  ok: true,
  reason: null,
  revoked: false,
  records: 500,
  partitions: 6,
  equal: 6,
  beyondScope: [],
  unauthorised: 0,
  line: 2,
}
