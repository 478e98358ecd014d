import { linkId, storeLink } from '../../core/topology.ts'
import { type Measured, known, notKnown } from '../../record/measured.ts'
import type { ObjectStoreUse, StoreWay } from '../../record/run-meters.ts'
import { ingestedWithin } from './ingest.ts'
import { OBJECT_STORE_FILE, type RunFiles } from './run-files.ts'

const TOTALS_FILE = 'samples/link-totals.json'

/**
 * What the object store was asked in the run. Requests depend on the ingest rate more than on bytes (a log object
 * every 250 ms, however little is in it), so the rate stands beside them and they are not multiplied up.
 */
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
      overLinks: overLinks(files),
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
    overLinks: overLinks(files),
  }
}

/** The proxies' exact totals where the run owned its lab, else the live meter's between its first and last reading. */
function overLinks(files: RunFiles): StoreWay[] {
  const { header, linkTotals, links } = files.evidence
  const exact = header.ownsLab ? linkTotals?.exact : null
  const [first, last] = [links.rows[0], links.rows.at(-1)]
  return header.zones.flatMap((zone): StoreWay[] => {
    const link = linkId(storeLink(zone))
    const total = exact?.[link]
    const way = (direction: 0 | 1): Measured => {
      if (total)
        return known(total[direction], {
          file: TOTALS_FILE,
          selector: `/exact/${link}`,
          value: total[direction],
        })
      const [before, after] = [first?.links[link]?.[direction], last?.links[link]?.[direction]]
      if (before === undefined || after === undefined || after < before)
        return notKnown(links.trouble ?? `the live meter lost ${link}`)
      return known(after - before, {
        file: links.file,
        selector: `lines ${first?.line} and ${last?.line}`,
        value: after,
      })
    }
    const isThere = total !== undefined || last?.links[link] !== undefined
    return isThere ? [{ zone, toStore: way(0), fromStore: way(1) }] : []
  })
}

function rateOver(files: RunFiles, fromMs: number, toMs: number): Measured {
  const ingested = ingestedWithin(files, { fromMs, toMs })
  if (ingested.value === null || toMs <= fromMs) return notKnown(ingested.why ?? 'one sample is no rate')
  return known(Math.round((ingested.value * 1000) / (toMs - fromMs)), ...ingested.from)
}
