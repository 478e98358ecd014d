import { AftershockError } from '../core/errors.ts'
import type { LoadedDrill } from '../drill/load-drill.ts'

/**
 * A drill is a file that people pass on; what it runs, runs with the rights of whoever runs it.
 * @throws AftershockError `refused`, naming every program, unless that was allowed.
 */
export function refuseCommands({ drill }: LoadedDrill, allowed: boolean): void {
  if (allowed) return
  const programs = drill.timeline.flatMap(({ id, spec }) =>
    Array.isArray(spec['run']) ? [`${id} runs ${JSON.stringify(spec['run'].join(' '))}`] : [],
  )
  if (programs.length === 0) return
  throw new AftershockError('refused', `${drill.drill} would run programs: ${programs.join('; ')}`, {
    hint: 'read them; if you want them to run with your rights, add --allow-commands',
  })
}
