import type { DataClass } from '../../core/contract.ts'
import type { PlatformName } from '../../platforms/index.ts'
import type { PriceTable } from '../prices.ts'
import { type Bytes, charge, heldFor, inGb, plus, times, type Usd, usd } from '../units.ts'
import type { Workload } from '../workload.ts'
import { type BillContext, billContext } from './bill-context.ts'
import { keptInObjectStore, keptOnDisks } from './kept.ts'
import { objectStorage } from './running-lines.ts'

/** What one data class keeps, and what keeping it costs: its part of the two lines of storage. */
export interface RetentionOfClass {
  readonly dataClass: DataClass
  readonly hours: number
  /** One copy. */
  readonly onBrokers: Bytes
  readonly inObjectStore: Bytes
  readonly usdPerMonth: Usd
}

/** By data class, in the order of the workload. @throws AftershockError `input` when a price is not in the table */
export function retentionByClass(
  platform: PlatformName,
  workload: Workload,
  prices: PriceTable,
): readonly RetentionOfClass[] {
  const context = billContext(platform, workload, prices)
  return Object.entries(workload.classes).map(([dataClass, one]) => {
    const alone = { ...workload, classes: { [dataClass]: one } }
    const onBrokers = keptOnDisks(platform, alone)
    const inObjectStore = keptInObjectStore(platform, alone)
    return {
      dataClass: dataClass as DataClass,
      hours: one.retention / 3_600_000,
      onBrokers,
      inObjectStore,
      usdPerMonth: plus(diskCost(context, onBrokers), objectCost(context, inObjectStore)),
    }
  })
}

function diskCost({ workload, conventions, aMonth, prices }: BillContext, kept: Bytes): Usd {
  const { price } = prices.price('ebs.gp3.storage', workload.region, 'GB-month')
  const data = times(inGb(kept, conventions), workload.replicas / workload.sizing.diskFill)
  return charge(price, heldFor(data, aMonth.months))
}

/** The tiers of its price are by what is kept in all: each class pays for its part of the bytes. */
function objectCost(context: BillContext, kept: Bytes): Usd {
  const all = context.kept.inObjectStore
  return all === 0 ? usd(0) : times(objectStorage.costs(context), kept / all)
}
