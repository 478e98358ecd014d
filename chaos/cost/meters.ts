import type { RunMeters } from '../record/run-meters.ts'
import { type Measured, known, notKnown } from '../record/measured.ts'
import type { Evidence } from '../score/evidence.ts'
import { Attribution, intervalsWithin } from './meters/attribute.ts'
import { brokerUsage } from './meters/broker-usage.ts'
import { measuredByCause } from './meters/causes.ts'
import { connectorBytes, connectorDelivery, interRegionBytes } from './meters/connector.ts'
import { intervalsOf, readingsOf } from './meters/flow-intervals.ts'
import { ackedWithin, bytesPerRecord, ingestedWithin } from './meters/ingest.ts'
import { objectStoreUse } from './meters/object-store-use.ts'
import { operatorSteps } from './meters/operator-steps.ts'
import { crossingRatios } from './meters/ratios.ts'
import { readRunFiles, type RunFiles } from './meters/run-files.ts'
import { replicasOf, storedBytes } from './meters/stored-bytes.ts'
import { zonePaths } from './meters/zone-paths.ts'

/**
 * @param evidence of the run, where it was read already
 * @throws AftershockError `input` when the folder is not a run's, or a file of it does not fit
 */
export async function readMeters(runDir: string, evidence?: Evidence): Promise<RunMeters> {
  return metersOf(await readRunFiles(runDir, evidence))
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
    ...interRegionBytes(files, intervals),
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
