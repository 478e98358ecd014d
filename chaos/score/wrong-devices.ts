import { list, plural } from '../core/numbers.ts'
import type { Measurements } from '../record/measurements.ts'
import type { Check } from '../record/scorecard.ts'
import type { RefusedBatches } from '../record/service-measurement.ts'
import type { Evidence } from './evidence.ts'
import { allRefused } from './refused-devices.ts'
import { CHECK_BASE } from './service-checks.ts'

const NAMED = 1000
const TOLD = 3

/** Nothing where no batch was refused. */
export function refusedBatches({ shards }: Evidence): { readonly refusedBatches?: RefusedBatches } {
  const gateways = shards.filter(({ role }) => role === 'gateway')
  const { batches, bad, healthy } = allRefused(gateways.flatMap(({ refusedDevices }) => refusedDevices ?? []))
  if (batches === 0) return {}
  const broken = gateways.find(({ trouble }) => trouble !== null)
  const first = gateways.find(({ refusedDevices }) => (refusedDevices?.batches ?? 0) > 0)
  const without = [...healthy].filter(([, records]) => records.length > 0)
  return {
    refusedBatches: {
      batches,
      badDevices: bad.size,
      bad: [...bad].slice(0, NAMED).map(([device, records]) => ({ device, records })),
      healthyDevices: healthy.size,
      healthy: [...healthy.keys()].slice(0, NAMED),
      withoutDataDevices: without.length,
      withoutData: without
        .slice(0, NAMED)
        .map(([device, records]) => ({ device, records: records.slice(0, TOLD) })),
      why: broken ? `${broken.file}: ${broken.trouble}` : null,
      file: first?.file ?? 'history',
    },
  }
}

export const WRONG_DEVICES = 'wrong-devices'

/** Who was refused only for somebody else’s record must have it stored in the end. */
export function wrongDeviceChecks({ service }: Measurements): Check[] {
  const found = service?.refusedBatches
  if (!found) return []
  const { withoutDataDevices: missing, healthyDevices, why } = found
  const named = found.withoutData.slice(0, TOLD).map(({ device, records }) => `${device} (${records[0]})`)
  const more = missing - named.length
  const words = list([...named, ...(more > 0 ? [plural(more, 'more device')] : [])])
  return [
    {
      ...CHECK_BASE,
      check: 'healthy-served',
      what: `of ${plural(healthyDevices, 'healthy device')} in ${plural(found.batches, 'refused batch', 'refused batches')}, those whose records were not stored afterwards`,
      expected: 'none: a bad record takes nobody else’s with it',
      value: missing,
      shown: missing === 0 ? 'none' : plural(missing, 'device'),
      // What a history that is cut off does not tell may have been stored.
      verdict: why !== null ? 'inconclusive' : missing > 0 ? 'fail' : 'pass',
      why: why ?? (missing > 0 ? `never stored: ${words}` : null),
      proof: [
        { file: 'measurements.json', selector: '/service/refusedBatches/withoutDataDevices', value: missing },
        { file: found.file, selector: 'refused parts of several records', value: found.batches },
      ],
    },
  ]
}
