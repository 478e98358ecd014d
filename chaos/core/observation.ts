/** One thing seen by a probe, in words and numbers that a reader can check. */
export interface Observation {
  readonly what: string
  readonly value: string | number | boolean | null
  readonly unit?: string
  /** In words, what the value had to be for the proof; before a fault, how far looks were apart. */
  readonly limit?: string
}

/** The unit of an observation that counts requests of the platform which ran into a fault: scoring knows it by that. */
export const REQUESTS_MET = 'requests of the platform'
