import { z } from 'zod'

/** What a person or a script had to do in a run, and how it ended. */
export const operatorStep = z.object({
  id: z.string(),
  what: z.string(),
  startedAt: z.number(),
  finishedAt: z.number().nullable(),
  /** null: the journal does not say how it ended. */
  ok: z.boolean().nullable(),
  why: z.string().nullable(),
  /** Of the journal. */
  line: z.number(),
})
