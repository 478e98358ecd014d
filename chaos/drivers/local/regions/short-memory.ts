import { freemem } from 'node:os'
import { AftershockError } from '../../../core/errors.ts'
import { formatBytes } from '../../../core/units.ts'

/** What processes may take without others being moved out; Node before 20.13 tells only what nobody uses. */
export const availableBytes = (): number => process.availableMemory?.() ?? freemem()

/**
 * Two clusters on a machine that is too small would measure its swapping.
 * @throws AftershockError `unavailable`, with both numbers
 */
export function refuseShortMemory(neededBytes: number, available: number): void {
  if (available >= neededBytes) return
  throw new AftershockError(
    'unavailable',
    `two regions need ${formatBytes(neededBytes)} of memory, and this machine has ${formatBytes(available)} left`,
    { hint: 'end what else runs, choose `regions: { brokers: 1 }`, or take a larger machine' },
  )
}
