import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { AftershockError } from '../core/errors.ts'
import {
  DEFAULT_PLATFORM,
  type PlatformName,
  isPlatformName,
  platformOf,
  platformTitle,
} from '../platforms/index.ts'
import type { PlatformSoftware } from '../record/platform-software.ts'
import { readMeters } from '../cost/meters.ts'
import { readBytes } from '../record/bounded-files.ts'
import { type Evidence, readEvidence } from '../score/evidence.ts'
import { readAudit } from '../record/audit-file.ts'
import type { HeaderFile } from '../record/run-header.ts'
import { readMeasurements } from '../record/measurements.ts'
import { readScorecard } from '../record/scorecard.ts'
import { readConfiguration } from './configuration.ts'
import { machineLoad } from './machine-load.ts'
import type { RunFolder } from './run-folder.ts'
import { sealOf } from './run-seal.ts'

/**
 * @throws AftershockError `input` when the folder is not a run's, or a file of it does not fit; `unverified` when it
 * is sealed and is not what was sealed.
 */
export async function readRun(path: string): Promise<RunFolder> {
  const seal = await sealOf(path)
  const evidence = await readEvidence(path, { histories: false })
  const { header } = evidence
  const about = {
    path,
    ...platformOfRun(path, header),
    header,
    bundleSha256: digestOf(join(path, 'bundle.json')),
    seal,
    configuration: readConfiguration(path, header.labDir ?? ''),
    journalSha256: digestOf(join(path, 'journal.jsonl')),
  }
  const measured = readMeasurements(path)
  const card = readScorecard(path)
  if (!measured || !card) return { ...about, judged: null, why: whyNotJudged(evidence) }
  return {
    ...about,
    judged: {
      measurements: measured,
      scorecard: card,
      audit: readAudit(path),
      evidence,
      meters: await readMeters(path, evidence),
      machineLoad: machineLoad(evidence),
    },
    why: null,
  }
}

/**
 * What a run ran on, by its header alone.
 * @throws AftershockError `input` where this version does not know the platform
 */
export function platformOfRun(
  path: string,
  header: HeaderFile,
): Pick<RunFolder, 'platform' | 'version' | 'software'> {
  const { platform } = header
  if (!isPlatformName(platform))
    throw new AftershockError('input', `${path} ran on '${platform}', which is not known here`, {
      hint: 'compare it with the version of aftershock that made it',
    })
  const software = softwareOf(platform, header)
  return { platform, version: software.version ?? versionStated(platform, header), software }
}

/** A run that does not say what it was made of is taken for the least that it may be. */
function softwareOf(platform: PlatformName, header: HeaderFile): PlatformSoftware {
  if (header.software) return header.software
  if (platform === DEFAULT_PLATFORM)
    return {
      name: `Apache Kafka ${header.versions.kafka ?? 'of an unknown version'}`,
      kind: 'product',
      notes: [],
    }
  return {
    name: `something started as ${platformTitle(platform)}`,
    kind: 'stand-in',
    notes: ['The run does not say what it was made of: nothing that it shows is the product’s doing.'],
  }
}

/** Runs from before a version could be chosen have that of Kafka among those of the programs. */
function versionStated(platform: PlatformName, { versions }: HeaderFile): string | null {
  return platformOf(platform).versions.from === 'maven' ? (versions.kafka ?? null) : null
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
