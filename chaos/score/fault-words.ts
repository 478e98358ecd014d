import type { FaultMeasurement } from '../record/measurements.ts'

type Said = Pick<FaultMeasurement, 'kind' | 'deed' | 'dimension'>

/** What faults said nowhere before they wrote it into the journal. Nothing is added here: a fault says it itself. */
const OLDER: Readonly<Record<string, readonly [deed: string, dimension: string]>> = {
  'broker-kill': ['a broker was killed', 'broker-loss'],
  'broker-stop': ['a broker was stopped', 'broker-loss'],
  'broker-hang': ['a broker was frozen', 'broker-loss'],
  'broker-replace': ['a broker was replaced by an empty one', 'broker-replacement'],
  'link-latency': ['links were delayed', 'slow-link'],
  'link-bandwidth': ['links were narrowed', 'slow-link'],
  'link-reset': ['connections were reset', 'slow-link'],
  'zone-cut': ['a zone was cut off', 'zone-loss'],
  'clients-crash': ['gateways crashed', 'device-reconnect-storm'],
  's3-outage': ['the object store was out of reach', 'object-store'],
  's3-throttle': ['the object store refused requests', 'object-store'],
  's3-latency': ['the object store answered late', 'object-store'],
  's3-error-once': ['requests to the object store failed', 'object-store'],
}

/** The row of a scorecard that it exercises; one of its own by default. */
export const dimensionOfFault = ({ kind, dimension }: Omit<Said, 'deed'>): string =>
  dimension ?? OLDER[kind]?.[1] ?? kind

/** What was done, in words: `a broker was killed`. */
export const deedOfFault = ({ kind, deed }: Omit<Said, 'dimension'>): string =>
  deed ?? OLDER[kind]?.[0] ?? kind
