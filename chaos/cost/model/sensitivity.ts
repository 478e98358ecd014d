import type { PriceTable } from '../prices.ts'
import type { Workload } from '../workload.ts'
import { billFor } from './bill.ts'
import type { Crossings } from './crossings.ts'
import type { PlatformName } from '../../platforms/index.ts'

/** What is varied. Each one turns a workload and a price table into others, by a factor. */
export interface Lever {
  readonly name: string
  readonly unit: string
  /** Where it stands now; null for prices, which have no single value. */
  readonly now: (workload: Workload) => number | null
  readonly apply: (workload: Workload, prices: PriceTable, factor: number) => readonly [Workload, PriceTable]
}

const workloadLever = (
  name: string,
  unit: string,
  now: (workload: Workload) => number | null,
  apply: (workload: Workload, factor: number) => Workload,
): Lever => ({ name, unit, now, apply: (workload, prices, factor) => [apply(workload, factor), prices] })

const priceLever = (name: string, isMeant: (item: string) => boolean): Lever => ({
  name,
  unit: '× price',
  now: () => null,
  apply: (workload, prices, factor) => [workload, prices.scaled(isMeant, factor)],
})

export const LEVERS: readonly Lever[] = [
  workloadLever(
    'ingest',
    'MB/s',
    workload => workload.ingestMbPerSecond,
    (workload, factor) => ({ ...workload, ingestMbPerSecond: workload.ingestMbPerSecond * factor }),
  ),
  workloadLever('retention', '× retention', () => null, scaleRetention),
  workloadLever(
    'fan-out',
    'consumer groups',
    workload => workload.fanOut,
    (workload, factor) => ({ ...workload, fanOut: workload.fanOut * factor }),
  ),
  workloadLever(
    'replays',
    'a month',
    workload => workload.replays.perMonth,
    (workload, factor) => ({
      ...workload,
      replays: { ...workload.replays, perMonth: workload.replays.perMonth * factor },
    }),
  ),
  priceLever('price of machines', item => item.startsWith('ec2.')),
  priceLever('price of disks', item => item.startsWith('ebs.')),
  priceLever('price of object storage', item => item.startsWith('s3.') && item.endsWith('.storage')),
  priceLever('price of object requests', item => /^s3\..*\.(put|get)$/.test(item)),
  priceLever('price of cross-zone traffic', item => item === 'xfer.interaz.per_direction'),
]

/** Retention is how long data stays; what a compacted topic holds in the end grows with it here as well. */
function scaleRetention(workload: Workload, factor: number): Workload {
  const classes = Object.fromEntries(
    Object.entries(workload.classes).map(([name, one]) => [
      name,
      {
        ...one,
        retention: one.retention * factor,
        ...(one.storedGb === undefined ? {} : { storedGb: one.storedGb * factor }),
      },
    ]),
  )
  return { ...workload, classes }
}

export interface Sensitivity {
  readonly lever: string
  readonly platform: PlatformName
  readonly usdAtLess: number
  readonly usd: number
  readonly usdAtMore: number
  /** Percent of the bill for the step down and up. */
  readonly percentAtLess: number
  readonly percentAtMore: number
}

export const SENSITIVITY_STEP = 0.2

/** How far each bill moves when one thing is 20% less and 20% more. */
export function sensitivities(
  platforms: readonly PlatformName[],
  workload: Workload,
  prices: PriceTable,
  measured: Partial<Readonly<Record<PlatformName, Crossings>>> = {},
): Sensitivity[] {
  const total = (platform: PlatformName, lever: Lever, factor: number): number =>
    totalAt(platform, lever, factor, workload, prices, measured[platform])
  return LEVERS.flatMap(lever =>
    platforms.map(platform => {
      const usd = total(platform, lever, 1)
      const usdAtLess = total(platform, lever, 1 - SENSITIVITY_STEP)
      const usdAtMore = total(platform, lever, 1 + SENSITIVITY_STEP)
      const percent = (value: number): number => (usd === 0 ? 0 : ((value - usd) / usd) * 100)
      return {
        lever: lever.name,
        platform,
        usdAtLess,
        usd,
        usdAtMore,
        percentAtLess: percent(usdAtLess),
        percentAtMore: percent(usdAtMore),
      }
    }),
  )
}

export function totalAt(
  platform: PlatformName,
  lever: Lever,
  factor: number,
  workload: Workload,
  prices: PriceTable,
  measured?: Crossings,
): number {
  const [changed, table] = lever.apply(workload, prices, factor)
  return billFor(platform, changed, table, measured).totalUsdPerMonth
}
