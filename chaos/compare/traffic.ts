import { usesObjectStore } from '../platforms/index.ts'
import { drillHasConnector, platformBytes } from '../cost/meters/causes.ts'
import { NO_STORE, perIngested, storeMeter } from '../cost/resource-numbers.ts'
import type { RunMeters } from '../record/run-meters.ts'
import type { Measured } from '../record/measured.ts'
import type { ObjectStoreUse, Spread, ZoneMatrix } from './comparison.ts'
import type { RunFolder } from './run-folder.ts'
import { type Column, overRuns, unknown } from './recovery-and-replay.ts'
import { numberOfRun, spreadOf } from './spread.ts'
import { ZONE_CAUSES } from './zone-causes.ts'

/** Bytes of the platform from every zone to every zone and why they moved; and between zones and the object store. */
export function zoneMatrix({ platform, runs }: Column): ZoneMatrix {
  const of = (pick: (meters: RunMeters) => Measured | undefined): Spread =>
    overRuns(runs, run =>
      run.judged ? pick(run.judged.meters) : unknown(run.why ?? 'the run was not judged'),
    )
  const zones = runs[0]?.header.zones ?? []
  const judged = runs.flatMap(run => (run.judged ? [run.judged.measurements.matrix] : []))
  const meter = judged.every(matrix => matrix.meter === 'exact') ? 'exact' : 'live'
  return {
    zones: [...zones],
    meter: judged.length === 0 || judged.some(matrix => matrix.meter === 'none') ? 'none' : meter,
    why: judged.find(matrix => matrix.why !== null)?.why ?? null,
    cells: zones.flatMap(from =>
      zones.map(to => ({
        from,
        to,
        crosses: from !== to,
        bytes: of(({ paths }) => {
          const path = paths.find(one => one.from === from && one.to === to)
          return path && platformBytes(path.byCause)
        }),
      })),
    ),
    crossed: of(({ crossed }) => platformBytes(crossed.byCause)),
    crossedPerIngestedByte: perByte(runs, ({ crossed }) => platformBytes(crossed.byCause)),
    causes: ZONE_CAUSES.filter(cause => cause !== 'connector' || runs.some(hasConnector)).map(cause => ({
      cause,
      crossed: of(({ crossed }) => crossed.byCause[cause]),
      perIngestedByte: perByte(runs, ({ crossed }) => crossed.byCause[cause] ?? unknown(NO_CONNECTOR)),
    })),
    toStore: usesObjectStore(platform) ? zones.map(zone => storePath(zone, runs)) : [],
  }
}

const NO_CONNECTOR = 'the run has no connector'
const hasConnector = ({ header }: RunFolder): boolean => drillHasConnector(header.drill)

function perByte(runs: readonly RunFolder[], pick: (meters: RunMeters) => Measured): Spread {
  return spreadOf(
    runs.map((run, index) =>
      run.judged
        ? numberOfRun(index + 1, perIngested(run.judged.meters, pick(run.judged.meters), 1))
        : { run: index + 1, value: null, why: run.why },
    ),
  )
}

/** Over one zone's way to the store, since the run began. */
function storePath(zone: string, runs: readonly RunFolder[]): ZoneMatrix['toStore'][number] {
  const of = (key: 'toStoreBytes' | 'fromStoreBytes') =>
    overRuns(runs, run => {
      if (!run.judged) return unknown(run.why ?? 'the run was not judged')
      const { rows, trouble } = run.judged.evidence.objectStore
      const operations = rows.at(-1)?.zones[zone]
      if (!operations) return unknown(trouble ?? `the way from ${zone} to the store was not metered`)
      return { value: Object.values(operations).reduce((sum, one) => sum + one[key], 0), why: null, from: [] }
    })
  return { zone, toStoreBytes: of('toStoreBytes'), fromStoreBytes: of('fromStoreBytes') }
}

/** What the object store was asked, with the ingest rate that it depends on. */
export function objectStoreUse({ platform, runs }: Column): ObjectStoreUse {
  const of = (pick: (use: RunMeters['objectStore']) => Measured | undefined): Spread =>
    overRuns(runs, run =>
      run.judged
        ? storeMeter(run.judged.meters, pick(run.judged.meters.objectStore) ?? unknown('it was not counted'))
        : unknown(run.why ?? 'the run was not judged'),
    )
  const metered = runs.flatMap(run => (run.judged ? [run.judged.meters.objectStore] : []))
  const operations = [...new Set(metered.flatMap(use => Object.keys(use.requests)))].toSorted()
  const failed = of(use => use.failed)
  return {
    why: usesObjectStore(platform) ? (failed.n > 0 ? null : (failed.why ?? 'it was not metered')) : NO_STORE,
    // An operation that a run never asked for was asked for zero times, as far as that run was metered.
    requests: operations.map(operation => ({
      operation,
      requests: of(use => use.requests[operation] ?? zeroWhere(use.failed)),
    })),
    failed,
    toStoreBytes: of(use => use.toStoreBytes),
    fromStoreBytes: of(use => use.fromStoreBytes),
    storedBytes: of(use => use.storedBytes),
    ingestBytesPerSecond: of(use => use.ingestBytesPerSecond),
  }
}

const zeroWhere = (metered: Measured): Measured =>
  metered.value === null ? metered : { value: 0, why: null, from: metered.from }
