import type { PriceTable } from '../prices.ts'
import type { Workload } from '../workload.ts'

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

const PRICE_UNIT = '× price'

const priceLever = (name: string, isMeant: (item: string) => boolean): Lever => ({
  name,
  unit: PRICE_UNIT,
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

/** Prices have no single value: they are said as a factor of what they are. */
export const isPrice = ({ unit }: { readonly unit: string }): boolean => unit === PRICE_UNIT
