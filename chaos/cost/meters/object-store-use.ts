import { type Measured, known, notKnown } from '../../score/measurements.ts'
import { ingestedWithin } from './ingest.ts'
import { OBJECT_STORE_FILE, type RunFiles } from './run-files.ts'

/**
 * What the object store was asked in the run. Requests depend on the ingest rate more than on bytes (a log object
 * every 250 ms, however little is in it), so the rate stands beside them and they are not multiplied up.
 */
export interface ObjectStoreUse {
  readonly requests: Readonly<Record<string, Measured>>
  readonly failed: Measured
  readonly toStoreBytes: Measured
  readonly fromStoreBytes: Measured
  readonly storedBytes: Measured
  readonly ingestBytesPerSecond: Measured
}

export function objectStoreUse(files: RunFiles): ObjectStoreUse {
  const rows = files.objectStore
  const last = rows?.at(-1)
  if (!rows || !last) {
    const none = notKnown(
      rows === null ? `there is no ${OBJECT_STORE_FILE}` : `${OBJECT_STORE_FILE} has no sample`,
    )
    return {
      requests: {},
      failed: none,
      toStoreBytes: none,
      fromStoreBytes: none,
      storedBytes: none,
      ingestBytesPerSecond: none,
    }
  }
  const counts = Object.values(last.zones).flatMap(operations => Object.entries(operations))
  const of = (value: number): Measured =>
    known(value, { file: OBJECT_STORE_FILE, selector: `line ${last.line}`, value })
  const total = (key: 'failed' | 'toStoreBytes' | 'fromStoreBytes'): Measured =>
    of(counts.reduce((sum, [, one]) => sum + one[key], 0))
  const requests: Record<string, number> = {}
  for (const [operation, one] of counts) requests[operation] = (requests[operation] ?? 0) + one.requests
  return {
    requests: Object.fromEntries(Object.entries(requests).map(([name, value]) => [name, of(value)])),
    failed: total('failed'),
    toStoreBytes: total('toStoreBytes'),
    fromStoreBytes: total('fromStoreBytes'),
    storedBytes: last.storedBytes === null ? notKnown('the store was not asked') : of(last.storedBytes),
    ingestBytesPerSecond: rateOver(files, rows[0]?.t ?? 0, last.t),
  }
}

function rateOver(files: RunFiles, fromMs: number, toMs: number): Measured {
  const ingested = ingestedWithin(files, { fromMs, toMs })
  if (ingested.value === null || toMs <= fromMs) return notKnown(ingested.why ?? 'one sample is no rate')
  return known(Math.round((ingested.value * 1000) / (toMs - fromMs)), ...ingested.from)
}
