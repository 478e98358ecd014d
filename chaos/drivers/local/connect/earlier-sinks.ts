import type { Admin } from 'kafkajs'
import type { Clock } from '../../../core/clock.ts'
import type { SinkSpec } from '../../../core/connectors.ts'
import { forgetGroups, forgetTopics } from '../lab/lab-parts.ts'
import { deadLetterTopic } from '../../../platforms/connect.ts'
import { groupOf } from './sink-configuration.ts'

/**
 * On a lab that stays, sinks of these names may have run before: their offsets would make new ones begin in the middle,
 * and their dead letters would count. @throws AftershockError `unavailable` when they do not go
 */
export async function forgetEarlierSinks(
  admin: Admin,
  sinks: readonly SinkSpec[],
  clock: Clock,
): Promise<void> {
  const groups = new Set(sinks.map(({ name }) => groupOf(name)))
  await forgetGroups(admin, 'earlier sinks', group => groups.has(group), clock)
  const letters = new Set(sinks.map(({ name }) => deadLetterTopic(name)))
  await forgetTopics(admin, 'earlier sinks', topic => letters.has(topic), clock)
}
