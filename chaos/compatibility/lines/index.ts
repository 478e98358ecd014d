import type { CompatibilityLine } from '../line.ts'
import { accessRules } from './access-rules.ts'
import { apiVersions } from './api-versions.ts'
import { classicGroups } from './classic-groups.ts'
import { closestReplica } from './closest-replica.ts'
import { compaction } from './compaction.ts'
import { configuration } from './configuration.ts'
import { connectNeeds } from './connect-needs.ts'
import { groupAdministration } from './group-administration.ts'
import { headers } from './headers.ts'
import { idempotentProducer } from './idempotent-producer.ts'
import { incrementalAlters } from './incremental-alters.ts'
import { largeRecords } from './large-records.ts'
import { logins } from './logins.ts'
import { metricNames } from './metric-names.ts'
import { mirrorNeeds } from './mirror-needs.ts'
import { newGroups } from './new-groups.ts'
import { offsetsByTime } from './offsets-by-time.ts'
import { quotas } from './quotas.ts'
import { recordCodecs } from './record-codecs.ts'
import { recordsDeleted } from './records-deleted.ts'
import { schemaFraming } from './schema-framing.ts'
import { staticMembership } from './static-membership.ts'
import { streamsNeeds } from './streams-needs.ts'
import { timestamps } from './timestamps.ts'
import { transactions } from './transactions.ts'

/** Every line of the table, in its order. */
export const LINES: readonly CompatibilityLine[] = [
  apiVersions,
  recordCodecs,
  headers,
  timestamps,
  idempotentProducer,
  transactions,
  classicGroups,
  newGroups,
  staticMembership,
  offsetsByTime,
  closestReplica,
  quotas,
  configuration,
  incrementalAlters,
  accessRules,
  logins,
  largeRecords,
  compaction,
  schemaFraming,
  groupAdministration,
  recordsDeleted,
  metricNames,
  connectNeeds,
  mirrorNeeds,
  streamsNeeds,
]
