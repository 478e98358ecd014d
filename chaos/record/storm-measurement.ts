import { z } from 'zod'
import { measured } from './measured.ts'

/**
 * What devices did without their sessions, from a fault's injection until the next event, and what that cost. Counts and
 * peaks are of that span. Absent in measurements of before it was looked at.
 */
export const stormMeasurement = z.object({
  /** Devices that lost their session. */
  sessionsLost: measured,
  /** Attempts to get one back, and those that a gateway refused because more came than it could accept. */
  attempts: measured,
  refused: measured,
  /** From healing until as many devices had a session as before the first fault, and kept it. */
  sessionsBackMs: measured,
  /** From healing until no more records were overdue at the edge than before the first fault, and that stayed so. */
  drainMs: measured,
  /** Records at the edge that were due for over a second, in the worst sample. */
  overduePeak: measured,
  /** The age of the oldest record that was not acknowledged, in the worst sample. */
  oldestMs: measured,
  /** Thrown away by full edge buffers. */
  dropped: measured,
  /** Requests that waited at one broker to be taken up, in the worst sample. */
  requestQueue: measured,
})

export type StormMeasurement = z.output<typeof stormMeasurement>
