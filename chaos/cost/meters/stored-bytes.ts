import { replicates, usesObjectStore } from '../../platforms/index.ts'
import { type Measured, known, notKnown } from '../../record/measured.ts'
import type { StoredBytes } from '../../record/run-meters.ts'
import { bytesPerRecord } from './ingest.ts'
import { objectStoreUse } from './object-store-use.ts'
import type { RunFiles } from './run-files.ts'

/** What was kept when the run ended, and where. */
export function storedBytes(files: RunFiles): StoredBytes {
  const oneCopyBytes = oneCopy(files)
  return {
    oneCopyBytes,
    onBrokersBytes: sampled(files) ?? workedOut(files, oneCopyBytes),
    inObjectStoreBytes: objectStoreUse(files).storedBytes,
  }
}

/** A platform that does not replicate has one copy, whatever the contract asks for. */
export function replicasOf({ evidence }: RunFiles): number | null {
  const { platform, drill } = evidence.header
  if (!replicates(platform)) return 1
  const counts = new Set(Object.values(drill.contract.topics).map(topic => topic.replicas))
  return counts.size === 1 ? ([...counts][0] ?? null) : null
}

/** The last look at each broker's disk; null where a broker's was never looked at. */
function sampled({ evidence }: RunFiles): Measured | null {
  const last = evidence.header.nodes.map(({ id }) =>
    evidence.nodes.rows.findLast(row => row.node === id && typeof row.segmentBytes === 'number'),
  )
  if (last.length === 0 || last.includes(undefined)) return null
  const { file } = evidence.nodes
  const looks = last.flatMap(row =>
    typeof row?.segmentBytes !== 'number' ? [] : [{ ...row, bytes: row.segmentBytes }],
  )
  return known(
    looks.reduce((sum, { bytes }) => sum + bytes, 0),
    ...looks.map(({ line, bytes }) => ({ file, selector: `line ${line} /segmentBytes`, value: bytes })),
  )
}

/** Of a run from before disks were looked at: on plain Kafka every replica holds everything. */
function workedOut(files: RunFiles, oneCopyBytes: Measured): Measured {
  if (usesObjectStore(files.evidence.header.platform))
    return notKnown('the disks of brokers were not looked at')
  const replicas = replicasOf(files)
  if (oneCopyBytes.value === null) return oneCopyBytes
  if (replicas === null) return notKnown('topics have different numbers of replicas')
  return known(oneCopyBytes.value * replicas, ...oneCopyBytes.from)
}

function oneCopy(files: RunFiles): Measured {
  const size = bytesPerRecord(files)
  const read = files.evidence.journal.events.findLast(({ event }) => event.kind === 'final-read')
  if (read?.event.kind !== 'final-read') return notKnown('the journal has no final read')
  if (!read.event.complete) return notKnown('the final read is not complete')
  if (size.value === null) return size
  const proof = { file: 'journal.jsonl', selector: `line ${read.line}`, value: read.event.records }
  return known(Math.round(read.event.records * size.value), proof, ...size.from)
}
