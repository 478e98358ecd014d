import { z } from 'zod'

/** What the machine under a run had left while the timeline played. */
export const machinePressure = z.object({
  /** Part of the timeline's seconds in which nothing of any CPU was left. */
  saturatedShare: z.number(),
  /** Processes that ran or waited for a CPU, per CPU, in the median. */
  load1PerCpu: z.number(),
  seconds: z.number(),
})
export type MachinePressure = z.output<typeof machinePressure>
