/** A process of ours, known by pid and start time, so that a reused pid is never mistaken for it. */
export interface ProcessIdentity {
  readonly pid: number
  /** Opaque; equal for the same process and different after a reboot or a reuse of the pid. */
  readonly startedAt: string
}
