import type { PlatformSoftware } from '../core/platform.ts'
import { type Measured, known, notKnown } from '../score/measurements.ts'
import { Attribution, intervalsWithin } from './meters/attribute.ts'
import { type BrokerUsage, brokerUsage } from './meters/broker-usage.ts'
import { type MeasuredByCause, measuredByCause } from './meters/causes.ts'
import { connectorBytes, type ConnectorDelivery, connectorDelivery } from './meters/connector.ts'
import { intervalsOf, readingsOf } from './meters/flow-intervals.ts'
import { ackedWithin, bytesPerRecord, ingestedWithin } from './meters/ingest.ts'
import { type ObjectStoreUse, objectStoreUse } from './meters/object-store-use.ts'
import { operatorSteps } from './meters/operator-steps.ts'
import { type CrossingRatios, crossingRatios } from './meters/ratios.ts'
import { readRunFiles, type RunFiles } from './meters/run-files.ts'
import { replicasOf, type StoredBytes, storedBytes } from './meters/stored-bytes.ts'
import { type ZonePath, zonePaths } from './meters/zone-paths.ts'

/** What a run moved, used and kept. A value that could not be measured is null with the reason. */
export interface RunMeters {
  readonly run: string
  readonly drill: string
  readonly platform: string
  /** null in runs from before there was a choice. */
  readonly software: PlatformSoftware | null
  readonly driver: string
  readonly zones: readonly string[]
  readonly replicas: number | null
  readonly ingest: {
    readonly records: Measured
    /** Keys and values of acknowledged records. */
    readonly bytes: Measured
    readonly bytesPerRecord: Measured
  }
  /** From every zone to every zone. */
  readonly paths: readonly ZonePath[]
  /** Over all pairs of different zones. */
  readonly crossed: { readonly total: Measured; readonly byCause: MeasuredByCause }
  readonly ratios: CrossingRatios
  readonly brokers: readonly BrokerUsage[]
  readonly stored: StoredBytes
  readonly objectStore: ObjectStoreUse
  /** Between a connector's worker and all brokers, in its zone or out of it, both ways. */
  readonly connectorBytes: Measured
  /** Only of runs with a connector. */
  readonly connector?: ConnectorDelivery
  readonly operatorSteps: Measured
}

/** @throws AftershockError `input` when the folder is not a run's, or a file of it does not fit. */
export async function readMeters(runDir: string): Promise<RunMeters> {
  return metersOf(await readRunFiles(runDir))
}

export function metersOf(files: RunFiles): RunMeters {
  const { header } = files.evidence
  const intervals = intervalsOf(files, readingsOf(files))
  const steady = intervalsWithin(intervals.intervals, files.measurements?.steady ?? null)
  const attribution = new Attribution(files, steady)
  const paths = zonePaths(files, intervals, attribution)
  const crossing = paths.filter(path => path.crosses)
  return {
    run: header.run,
    drill: header.drill.drill,
    platform: header.platform,
    software: header.software ?? null,
    driver: header.driver,
    zones: header.zones,
    replicas: replicasOf(files),
    ingest: {
      records: ackedWithin(files, null),
      bytes: ingestedWithin(files, null),
      bytesPerRecord: bytesPerRecord(files),
    },
    paths,
    crossed: {
      total: total(crossing.map(path => path.total)),
      byCause: measuredByCause(files, cause => total(crossing.flatMap(path => path.byCause[cause] ?? []))),
    },
    ratios: crossingRatios(files, intervals, attribution),
    brokers: brokerUsage(files),
    stored: storedBytes(files),
    objectStore: objectStoreUse(files),
    connectorBytes: connectorBytes(files, intervals),
    ...connectorDelivery(files),
    operatorSteps: operatorSteps(files),
  }
}

/** One unknown part makes the sum unknown; its reason is kept. */
function total(parts: readonly Measured[]): Measured {
  const unknown = parts.find(part => part.value === null)
  if (unknown) return notKnown(unknown.why ?? 'a part of it is not known')
  const proofs = new Map(parts.flatMap(part => part.from).map(proof => [JSON.stringify(proof), proof]))
  return known(
    parts.reduce((sum, part) => sum + (part.value ?? 0), 0),
    ...proofs.values(),
  )
}
