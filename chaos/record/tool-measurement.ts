import { z } from 'zod'

/** What of the tool was above its limits, and when. */
export const toolMeasurement = z.object({
  parts: z.array(
    z.object({
      part: z.string(),
      seconds: z.number(),
      /** Above a limit. */
      boundSeconds: z.number(),
      worstDelayMs: z.number(),
      gcMs: z.number(),
    }),
  ),
  windows: z.array(
    z.object({
      part: z.string(),
      fromMs: z.number(),
      toMs: z.number(),
      /** The first reason in it. */
      why: z.string(),
      /** Of `samples/tool.jsonl`. */
      line: z.number(),
    }),
  ),
})
export type ToolMeasurement = z.output<typeof toolMeasurement>

/** Who decided how long a replay took. */
export const replayLimit = z.object({
  by: z.enum(['reader', 'platform', 'machine', 'way', 'both', 'unknown']),
  why: z.string(),
  /** Of the time in which it could run, what its busiest thread computed. */
  computed: z.number().nullable(),
  /** Of the time, what that thread was idle while brokers were to answer, or held it back. */
  idle: z.number().nullable(),
  /** Of the time, what that thread waited for a CPU. */
  waited: z.number().nullable(),
  /** How long brokers held it back, for a quota. */
  throttledMs: z.number().nullable(),
  /** Lines of `samples/tool.jsonl`, the first and the last. */
  lines: z.tuple([z.number(), z.number()]).nullable(),
})
export type ReplayLimit = z.output<typeof replayLimit>
