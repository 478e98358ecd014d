import type { Driver } from '../../driver.ts'
import type { Endings, Meter } from '../../environment.ts'
import { LinkMeter } from '../../link-meter.ts'
import { localDriver } from '../local-driver.ts'
import type { RunRegions } from './run-regions.ts'

/** Region b as faults touch it, and what its links carried. */
export function secondCluster(
  { lab }: Pick<RunRegions, 'lab'>,
  endings: Endings,
): { readonly driver: Driver; readonly meters: readonly Meter[] } {
  const driver = localDriver(lab)
  endings.add('the probe of region b', () => driver[Symbol.dispose]())
  const meter = new LinkMeter(lab.layout, true)
  const sample: Meter['sample'] = async t => [{ t, links: await meter.sample(), probes: meter.probeBytes() }]
  return { driver, meters: [{ name: 'links-b', everyMs: 1000, sample }] }
}
