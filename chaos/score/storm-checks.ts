import { plural } from '../core/numbers.ts'
import { formatDuration } from '../core/units.ts'
import type { FaultMeasurement, Measurements } from '../record/measurements.ts'
import type { Check } from '../record/scorecard.ts'
import { dimensionOfFault } from './fault-words.ts'
import { CHECK_BASE } from './service-checks.ts'
import { UNCOUNTED } from './storm.ts'

export const STORM = 'device-reconnect-storm'

/**
 * Of every fault that is to make devices reconnect: did it? And were they all back in the end? Runs of before sessions
 * were counted have no such check, and their row stays as it was: not judged by itself.
 */
export function stormChecks({ faults, service }: Measurements): Check[] {
  const storms = faults.filter(fault => dimensionOfFault(fault) === STORM)
  return [...storms.flatMap(happened), ...(service?.withoutSession ? [allBack(service.withoutSession)] : [])]
}

function happened({ id, injectedAt, storm }: FaultMeasurement): Check[] {
  if (!storm || injectedAt === null || storm.sessionsLost.why === UNCOUNTED) return []
  const { value, atLeast, why, from } = storm.sessionsLost
  const lost = value ?? atLeast ?? null
  const pass = lost !== null && lost > 0
  return [
    {
      ...CHECK_BASE,
      check: 'sessions-lost',
      subject: id,
      what: 'devices that lost their session',
      expected: 'at least 1: without them there is no storm to withstand',
      value: lost,
      shown: lost === null ? 'not measured' : plural(lost, 'device'),
      verdict: pass ? 'pass' : 'inconclusive',
      why: pass ? null : `${id}: ${why ?? 'no device lost its session, so none came back'}`,
      proof: [{ file: 'measurements.json', selector: '/faults', value: lost }, ...from],
    },
  ]
}

function allBack({
  value,
  why,
  from,
}: NonNullable<NonNullable<Measurements['service']>['withoutSession']>): Check {
  return {
    ...CHECK_BASE,
    check: 'sessions-back',
    what: 'devices without a session when the load ended',
    expected: 'none beyond those that usually have none',
    value,
    shown: value === null ? 'not measured' : value === 0 ? 'none' : plural(value, 'device'),
    verdict: value === null ? 'inconclusive' : value === 0 ? 'pass' : 'fail',
    why:
      value === null
        ? why
        : value === 0
          ? null
          : `${plural(value, 'device')} had no session when the load ended`,
    proof: [{ file: 'measurements.json', selector: '/service/withoutSession/value', value }, ...from],
  }
}

/** Below this, coming back is part of any outage and no news. */
const WORTH_TELLING_MS = 3000

/** What partitions that can be written do not tell: devices that are not let in have no service all the same. */
export function awayWords({ faults }: Pick<Measurements, 'faults'>): string | null {
  const away = faults.flatMap(({ id, storm }) => {
    if (!storm || storm.sessionsLost.value === 0) return []
    const { value, atLeast } = storm.sessionsBackMs
    const ms = value ?? atLeast ?? 0
    return ms > WORTH_TELLING_MS ? [{ id, ms, isLeast: value === null }] : []
  })
  const longest = away.toSorted((a, b) => b.ms - a.ms)[0]
  if (!longest) return null
  const { id, ms, isLeast } = longest
  return `After ${id}, devices were still without a session for ${isLeast ? 'at least' : 'up to'} ${formatDuration(ms)}.`
}
