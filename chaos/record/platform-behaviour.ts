import { z } from 'zod'
import { measured } from './measured.ts'

const instant = z.number().nullable()
/** What the platform did by itself; absent in measurements of before it was kept. */
export const platformBehaviour = z.object({
  /** Brokers that ended though nothing of the run ended them. `line`: of the journal. */
  restarts: z.array(
    z.object({
      node: z.number(),
      t: z.number(),
      afterMs: instant,
      attempt: z.number().nullable(),
      lastWords: z.array(z.string()),
      line: z.number(),
    }),
  ),
  /** As the logs of a shared platform tell them: a failed broker's log is given to a live one, and read there. */
  failovers: z.array(
    z.object({
      failedNode: z.number(),
      target: z.number().nullable(),
      fencedAt: instant,
      assignedAt: z.number(),
      startedAt: instant,
      completedAt: instant,
      closedAt: instant,
    }),
  ),
  /** What the drill waited for, so that its faults show what they mean to; `id` null: before the timeline. */
  waits: z
    .array(
      z.object({
        id: z.string().nullable(),
        t: z.number(),
        /** null when the run ended first. */
        forMs: z.number().nullable(),
        why: z.string(),
        line: z.number(),
      }),
    )
    .optional(),
  /** By a shared platform's own metrics, from the timeline's beginning to the end of the load; one for each node. */
  storage: z
    .array(
      z.object({
        node: z.number(),
        mostPendingBytes: measured,
        uploadedBytes: measured,
        downloadedBytes: measured,
        routedBytes: measured,
      }),
    )
    .optional(),
})

export type PlatformBehaviour = z.output<typeof platformBehaviour>
