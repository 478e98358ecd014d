import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { AftershockError } from '../core/errors.ts'
import { isPlatform, type Platform, type PlatformSoftware, platformName } from '../core/platform.ts'
import { type RunMeters, readMeters } from '../cost/meters.ts'
import { readBytes } from '../record/bounded-files.ts'
import { type Evidence, readEvidence, readJson } from '../score/evidence.ts'
import { type AuditFile, auditFile, type HeaderFile } from '../score/evidence-schemas.ts'
import { type Measurements, measurements } from '../score/measurements.ts'
import { type Scorecard, scorecard } from '../score/scorecard.ts'
import { type Configuration, readConfiguration } from './configuration.ts'
import { type MachineLoad, readMachineLoad } from './machine-load.ts'
import { type RunSeal, sealOf } from './run-seal.ts'

/** One run of a comparison, as far as it was judged. */
export interface RunFolder {
  /** Absolute. */
  readonly path: string
  readonly platform: Platform
  readonly software: PlatformSoftware
  readonly header: HeaderFile
  /** null when it was not judged; `why` says why. */
  readonly judged: JudgedRun | null
  readonly why: string | null
  readonly bundleSha256: string | null
  readonly seal: RunSeal
  /** null: it did not keep what it was configured with, as older versions did not. */
  readonly configuration: Configuration | null
  /** Of its journal: no two runs have the same. */
  readonly journalSha256: string | null
}

export interface JudgedRun {
  readonly measurements: Measurements
  readonly scorecard: Scorecard
  readonly audit: AuditFile | null
  readonly evidence: Pick<Evidence, 'journal' | 'fleet' | 'consumers' | 'objectStore'>
  readonly meters: RunMeters
  /** null: it was not sampled. */
  readonly machineLoad: MachineLoad | null
}

const stated = z.object({
  software: z
    .object({
      name: z.string(),
      kind: z.enum(['product', 'reference', 'stand-in']),
      notes: z.array(z.string()),
    })
    .optional(),
})

/**
 * @throws AftershockError `input` when the folder is not a run's, or a file of it does not fit; `unverified` when it
 * is sealed and is not what was sealed.
 */
export async function readRun(path: string): Promise<RunFolder> {
  const seal = await sealOf(path)
  const evidence = await readEvidence(path, { histories: false })
  const { header } = evidence
  if (!isPlatform(header.platform))
    throw new AftershockError('input', `${path} ran on '${header.platform}', which is not known here`)
  const about = {
    path,
    platform: header.platform,
    software: softwareOf(header.platform, header),
    header,
    bundleSha256: digestOf(join(path, 'bundle.json')),
    seal,
    configuration: readConfiguration(path, typeof header.labDir === 'string' ? header.labDir : ''),
    journalSha256: digestOf(join(path, 'journal.jsonl')),
  }
  const measured = readJson(join(path, 'measurements.json'), measurements)
  const card = readJson(join(path, 'scorecard.json'), scorecard)
  if (!measured || !card) return { ...about, judged: null, why: whyNotJudged(evidence) }
  return {
    ...about,
    judged: {
      measurements: measured,
      scorecard: card,
      audit: readJson(join(path, 'audit.json'), auditFile),
      evidence,
      meters: await readMeters(path),
      machineLoad: await readMachineLoad(path, evidence.journal),
    },
    why: null,
  }
}

/** A run that does not say what it was made of is taken for the least that it may be. */
function softwareOf(platform: Platform, header: HeaderFile): PlatformSoftware {
  const named = stated.safeParse(header)
  if (named.success && named.data.software) return named.data.software
  if (platform === 'kafka')
    return {
      name: `Apache Kafka ${header.versions.kafka ?? 'of an unknown version'}`,
      kind: 'product',
      notes: [],
    }
  return {
    name: `something started as ${platformName(platform)}`,
    kind: 'stand-in',
    notes: ['The run does not say what it was made of: nothing that it shows is the product’s doing.'],
  }
}

function whyNotJudged({ journal }: Evidence): string {
  const end = journal.events.findLast(({ event }) => event.kind === 'run.finished')?.event
  if (end?.kind !== 'run.finished') return 'it never finished'
  return end.outcome === 'completed'
    ? 'it was not scored'
    : `${end.outcome}${end.error ? `: ${end.error}` : ''}`
}

function digestOf(file: string): string | null {
  return existsSync(file) ? createHash('sha256').update(readBytes(file)).digest('hex') : null
}
