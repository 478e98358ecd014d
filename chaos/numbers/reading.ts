import type { AuditFile } from '../record/audit-file.ts'
import type { Measured, Proof } from '../record/measured.ts'
import type { FaultMeasurement, Measurements, ReplayMeasurement } from '../record/measurements.ts'

/** What numbers are read from: files, nothing else. `audit` is null when the run was not audited. */
export interface Judged {
  readonly measurements: Measurements
  readonly audit: AuditFile | null
}

/** What is asked for: of one entry of the timeline where it is named, without the clients of a zone. */
export interface About {
  readonly of?: string | undefined
  readonly outsideOf?: string | undefined
}

/** What a number is on one subject. With `why`, `value` is null or at least not the whole truth. */
export interface Reading {
  /** The fault or action that it is about; null for the whole run. */
  readonly subject: string | null
  readonly value: number | null
  readonly why: string | null
  /** There is no such thing on this platform; `why` says how so. */
  readonly applies?: false
  /** Without a full value: it is certainly no less than this. */
  readonly atLeast?: number
  /** What sampling leaves open of the value; the verdict is about all of it. */
  readonly interval?: { readonly low: number; readonly high: number }
  /** The interval is no matter of sampling: the value lies within it for certain. */
  readonly bounded?: true
  /** Why a failure would not be the platform's alone: then it is inconclusive. */
  readonly confounded?: string
  readonly proof: readonly Proof[]
}

/** Turns a measurement into a reading and puts its own place in `measurements.json` first in the proof. */
export function readingOf(
  measurement: Measured,
  subject: string | null,
  pointer: string,
  perUnit = 1,
): Reading {
  const { value, atLeast, from, interval } = measurement
  const why = measurement.why ?? interval?.why ?? null
  return {
    subject,
    ...(measurement.applies === false ? { applies: false as const } : {}),
    value: value === null ? null : value / perUnit,
    why,
    ...(interval && interval.low !== null && interval.high !== null
      ? {
          interval: { low: interval.low / perUnit, high: interval.high / perUnit },
          ...(interval.confidence === 1 ? { bounded: true as const } : {}),
        }
      : {}),
    ...(atLeast === undefined ? {} : { atLeast: atLeast / perUnit }),
    proof: [{ file: 'measurements.json', selector: `${pointer}/value`, value }, ...from],
  }
}

/** A reading of every fault that is asked for; one reading without a value when there is none. */
export function ofEachFault(
  { measurements }: Judged,
  { of }: About,
  read: (fault: FaultMeasurement, index: number) => Reading,
): Reading[] {
  const chosen = measurements.faults.flatMap((fault, index) =>
    of === undefined || of === fault.id ? [{ fault, index }] : [],
  )
  if (chosen.length > 0) return chosen.map(({ fault, index }) => read(fault, index))
  return [absent(of === undefined ? 'no fault is in the journal' : `no fault ${of} is in the journal`)]
}

/** What was measured of every fault that is asked for. */
export const perFault = (
  judged: Judged,
  about: About,
  pick: (fault: FaultMeasurement) => { readonly measured: Measured; readonly path: string },
  perUnit: number,
): Reading[] =>
  ofEachFault(judged, about, (fault, index) => {
    const { measured, path } = pick(fault)
    return readingOf(measured, fault.id, `/faults/${index}/${path}`, perUnit)
  })

/** One of several whose counts are added up. */
interface Part {
  readonly name: string
  readonly measured: Measured
  /** Of the measurement, in `measurements.json`. */
  readonly pointer: string
  /** Where to look first. */
  readonly example: readonly Proof[]
}

/** The sum over all parts; where one is not known, the others are a lower bound. */
export function totalOf(parts: readonly Part[]): Reading {
  const sum = parts.reduce((total, { measured }) => total + (measured.value ?? 0), 0)
  const unknown = parts.find(({ measured }) => measured.value === null)
  const proof = parts.flatMap(({ measured, pointer, example }) => [
    { file: 'measurements.json', selector: `${pointer}/value`, value: measured.value },
    ...measured.from,
    ...example,
  ])
  if (unknown === undefined) return { subject: null, value: sum, why: null, proof }
  const why = `${unknown.name}: ${unknown.measured.why ?? 'not known'}`
  return { subject: null, value: null, why, ...(sum > 0 && { atLeast: sum }), proof }
}

export function perReplay(
  { measurements }: Judged,
  { of }: About,
  pick: (replay: ReplayMeasurement) => { readonly measured: Measured; readonly path: string },
): Reading[] {
  const chosen = measurements.replays.flatMap((replay, index) =>
    of === undefined || of === replay.id ? [{ replay, index }] : [],
  )
  if (chosen.length === 0) return [absent('no replay is in the journal')]
  return chosen.map(({ replay, index }) => {
    const { measured, path } = pick(replay)
    return readingOf(measured, replay.id, `/replays/${index}/${path}`)
  })
}

/** A count of the audit. Where the audit could not tell, what it found is a lower bound. */
export function auditCount({ audit }: Judged, count: string, anomaly: string): Reading[] {
  if (!audit) return [absent('the run was not audited: there is no audit.json')]
  const found = countOf(audit, count, anomaly)
  if (found === null)
    return [absent(`this audit did not look for it: audit.json counts no ${anomaly}, aftershock audit does`)]
  const { value, selector } = found
  const proof = [{ file: 'audit.json', selector, value }]
  if (audit.verdict !== 'inconclusive') return [{ subject: null, value, why: null, proof }]
  const why = `the audit could not tell: ${audit.reasons[0] ?? 'it gives no reason'}`
  // What a history lacks may explain all of it: then it is no bound either.
  if (audit.unproven?.[anomaly]) return [{ subject: null, value: null, why, proof }]
  return [{ subject: null, value: null, why, atLeast: value, proof }]
}

/** Records where the audit counts them, else anomalies. null: an audit of before it was looked for. */
function countOf(
  audit: AuditFile,
  count: string,
  anomaly: string,
): { readonly value: number; readonly selector: string } | null {
  const records = audit.counts[count]
  if (typeof records === 'number') return { value: records, selector: `/counts/${count}` }
  const counted = audit.anomalyCounts?.[anomaly]
  if (counted !== undefined) return { value: counted, selector: `/anomalyCounts/${anomaly}` }
  if (audit.anomalyCounts !== undefined) return null
  return { value: audit.anomalies[anomaly]?.length ?? 0, selector: `/anomalies/${anomaly}` }
}

export function absent(why: string): Reading {
  return { subject: null, value: null, why, proof: [] }
}
