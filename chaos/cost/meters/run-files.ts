import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { readJson } from '../../record/bounded-files.ts'
import {
  MEASUREMENTS_FILE,
  measurements,
  recoveryBytes,
  replayMeasurement,
} from '../../record/measurements.ts'
import { seriesFile } from '../../record/series.ts'
import { readShardHeader, shardFile, shardNames } from '../../record/shards.ts'
import { type Evidence, readEvidence } from '../../score/evidence.ts'

/** The part of measurements.json that meters rest on: what else is in it may change without breaking them. */
const usedMeasurements = measurements.pick({ steady: true }).extend({
  faults: z.array(z.object({ recoveryBytes: recoveryBytes.pick({ measuredOver: true }) })),
  replays: z.array(replayMeasurement.pick({ startedAt: true, finishedAt: true, bytes: true })),
})

/** Why nothing is known that rests on when faults and replays were. */
export const NOT_SCORED = 'there is no measurements.json: score the run first'

export const OBJECT_STORE_FILE = seriesFile('object-store')

/** A process of the run that moves bytes of clients, and from where. */
export interface Client {
  readonly role: string
  readonly zone: string
  readonly file: string
}

/** Everything of a run that meters read. */
export interface RunFiles {
  readonly evidence: Evidence
  /** null when the run was not scored. */
  readonly measurements: z.output<typeof usedMeasurements> | null
  readonly clients: readonly Client[]
  /** null when the run has no such file. */
  readonly objectStore: Evidence['objectStore']['rows'] | null
}

/**
 * @param evidence of the run, where it was read already: without histories is enough
 * @throws AftershockError `input` when the folder is not a run's
 */
export async function readRunFiles(runDir: string, evidence?: Evidence): Promise<RunFiles> {
  const read = evidence ?? (await readEvidence(runDir, { histories: false }))
  return {
    evidence: read,
    measurements: readJson(join(runDir, MEASUREMENTS_FILE), usedMeasurements),
    clients: readClients(runDir),
    objectStore: existsSync(join(runDir, OBJECT_STORE_FILE)) ? read.objectStore.rows : null,
  }
}

function readClients(runDir: string): Client[] {
  return shardNames(runDir).flatMap(name => {
    const header = readShardHeader(runDir, name)
    return header ? [{ role: header.role, zone: header.zone, file: shardFile(name) }] : []
  })
}
