import { z } from 'zod'
import { AftershockError, messageOf } from '../../core/errors.ts'

/**
 * What the machine of a day tells its runner, as `lib/gamedays/day-states.ts` writes it: first that it waits for it
 * (`ready`), then to run the drill (`run`), each with the token to answer with.
 */
const dayTask = z.object({
  phase: z.enum(['ready', 'run']),
  token: z.string().min(1),
  /** The execution of the day, which holds the lock by this name. */
  run: z.string().regex(/^[\w.-]{1,80}$/),
  day: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/),
  /** After so long without a sign the runner counts as lost. */
  heartbeatSeconds: z.number().positive(),
  /** After so long the run counts as failed, with all that belongs to it. */
  runSeconds: z.number().positive(),
})
export type DayTask = z.output<typeof dayTask>

/** @throws AftershockError `input`, naming the parameter */
export function parseTask(text: string, parameter: string): DayTask {
  try {
    return dayTask.parse(JSON.parse(text))
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error)
    throw new AftershockError('input', `${parameter} holds no task of a game day: ${why}`, {
      hint: 'the machine of the day writes it: deploy the stack of game days again',
      cause: error,
    })
  }
}
