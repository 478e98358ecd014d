import type { ProcessorEvidence } from '../record/processor-evidence.ts'
import type { CommandExample } from '../record/processor-measurement.ts'
import {
  againBy,
  answersOf,
  compareTwins,
  examplesOf,
  keptTwins,
  type ProcessorAudit,
  processedUpTo,
  takenBack,
} from './processor-audit.ts'
import type { KeptProcessor } from './stored-records.ts'
import { foldAcknowledgements, foldRecords } from './twin-fold.ts'

/**
 * A processor that went from region a to region b, over both logs. What was copied into region b is no command of its
 * own: a command was issued where it stands first. Region b's records say what was due in the end, for that is where
 * devices are; what region a alone had may have been due there.
 *
 * A device was given a command again where it got it from two places at which it was issued, as the devices wrote down
 * themselves. That both logs have it is counted apart: what no device ever read in region a commands nobody.
 */
export function auditMovedProcessor(a: KeptProcessor, b: KeptProcessor, every: number): ProcessorAudit {
  const [inA, inB] = [a.evidence, b.evidence]
  const isProcessed = processedUpTo(inB)
  const processed = b.stored.records.filter(isProcessed)
  const { twins, due } = foldRecords(processed, every)
  const dueInA = foldRecords(a.stored.records.filter(processedUpTo(inA)), every).due
  const issued = issuedBy(inA, inB)
  const read = inB.committed.flatMap(([topic, partition, offset, id]) =>
    topic === inB.header?.acknowledgements && isProcessed({ topic, partition, offset }) ? [{ id }] : [],
  )
  const answered = new Set([...answersOf(inA), ...answersOf(inB)])
  const kept = keptTwins(inB)
  const mismatched = compareTwins(kept, foldAcknowledgements(twins, read))
  const { again, handedAgain } = givenAgain(inA, inB)
  const example = (id: string): CommandExample => ({
    id,
    given: 1 + (again.get(id) ?? 0),
    cause: due.get(id) ?? dueInA.get(id) ?? null,
  })
  const repeated = [...again.keys()].map(example)
  const missing = [...due.keys()].filter(id => !issued.has(id)).map(example)
  const unasked = [...issued.keys()].filter(id => !due.has(id) && !dueInA.has(id)).map(example)
  const places = [...issued.values()]
  const sum = (counts: readonly number[]) => counts.reduce((total, one) => total + one, 0)
  return {
    stored: b.stored.records.length,
    unprocessed: b.stored.records.length - processed.length,
    due: due.size,
    given: sum(places),
    takenBack: takenBack(inA) + takenBack(inB),
    repeated: sum([...again.values()]),
    missing: missing.length,
    unasked: unasked.length,
    unacknowledged: [...issued.keys()].filter(id => !answered.has(id)).length,
    twins: kept.size,
    mismatched: mismatched.length,
    issuedTwice: places.filter(count => count > 1).length,
    issuedAgain: againBy(
      [...issued].map(([id, given]) => ({ id, given, cause: null })).filter(({ given }) => given > 1),
    ),
    handedAgain,
    examples: examplesOf({ repeated, missing, unasked, mismatched }),
    again: againBy(repeated),
  }
}

/** How often each command was issued: in region a, and in region b behind what had been copied there. */
function issuedBy(a: ProcessorEvidence, b: ProcessorEvidence): ReadonlyMap<string, number> {
  const isCopy = copiedIn(b)
  const times = new Map<string, number>()
  const take = (id: string) => times.set(id, (times.get(id) ?? 0) + 1)
  for (const [topic, , , id] of a.committed) if (topic === a.header?.commands) take(id)
  for (const [topic, partition, offset, id] of b.committed)
    if (topic === b.header?.commands && !isCopy(partition, offset)) take(id)
  return times
}

function copiedIn({ header }: ProcessorEvidence) {
  const ends = new Map(
    (header?.mirrored ?? []).flatMap(([topic, partition, end]) =>
      topic === header?.commands ? [[partition, end] as const] : [],
    ),
  )
  return (partition: number, offset: number): boolean => offset < (ends.get(partition) ?? 0)
}

/**
 * By command, how often a device was given it beyond the first place at which it was issued. A copy in region b is the
 * command of region a, as often as that has it; the same place read again is nothing new.
 */
function givenAgain(a: ProcessorEvidence, b: ProcessorEvidence) {
  const isCopy = copiedIn(b)
  const issuedInA = new Map<string, number>()
  for (const [topic, , , id] of a.committed)
    if (topic === a.header?.commands) issuedInA.set(id, (issuedInA.get(id) ?? 0) + 1)
  const places = new Map<string, Record<'a' | 'copy' | 'b', Set<string>>>()
  for (const [region, partition, offset, id] of [...a.given, ...b.given]) {
    const known = places.get(id) ?? { a: new Set(), copy: new Set(), b: new Set() }
    const where = region === 'a' ? 'a' : isCopy(partition, offset) ? 'copy' : 'b'
    known[where].add(`${partition}/${offset}`)
    places.set(id, known)
  }
  const again = new Map<string, number>()
  for (const [id, known] of places) {
    const [inA, copies] = [known.a.size, known.copy.size]
    const issued = issuedInA.get(id) ?? 0
    const ofA = issued > 1 ? Math.min(Math.max(issued, copies), inA + copies) : Math.max(inA, copies)
    const more = ofA + known.b.size - 1
    if (more > 0) again.set(id, more)
  }
  const handed = a.given.length + b.given.length
  return { again, handedAgain: handed - places.size - [...again.values()].reduce((sum, one) => sum + one, 0) }
}
