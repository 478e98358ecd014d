import type { ObjectOperationCounts } from '../../../../record/samples.ts'
import type { StoreOperation } from '../../../driver.ts'

type Counts = { -readonly [K in keyof ObjectOperationCounts]: ObjectOperationCounts[K] }

/** Counts one zone's requests by operation, as they begin and end. Bytes are those of bodies only. */
export class UseCounter {
  private readonly byOperation = new Map<StoreOperation, Counts>()

  begin(operation: StoreOperation): Counts {
    let counts = this.byOperation.get(operation)
    if (!counts) {
      counts = { requests: 0, failed: 0, toStoreBytes: 0, fromStoreBytes: 0 }
      this.byOperation.set(operation, counts)
    }
    counts.requests++
    return counts
  }

  read(): Record<string, ObjectOperationCounts> {
    return Object.fromEntries([...this.byOperation].map(([operation, counts]) => [operation, { ...counts }]))
  }
}

/** For requests that nobody wants to see in the counts. */
export function uncounted(): Counts {
  return { requests: 0, failed: 0, toStoreBytes: 0, fromStoreBytes: 0 }
}
export type { Counts }
