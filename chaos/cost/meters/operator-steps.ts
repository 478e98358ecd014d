import { type Measured, known } from '../../record/measured.ts'
import type { RunFiles } from './run-files.ts'

/** What a person would have had to do: start a replay, and bring back each broker that a fault took away. */
export function operatorSteps({ evidence }: RunFiles): Measured {
  const faults = new Map(
    evidence.journal.events.flatMap(({ event }) =>
      event.kind === 'fault.intended' ? [[event.id, event.fault] as const] : [],
    ),
  )
  const steps = evidence.journal.events.filter(
    ({ event }) =>
      event.kind === 'action.started' ||
      (event.kind === 'fault.healed' && (faults.get(event.id) ?? '').startsWith('broker-')),
  )
  const proofs = steps.map(({ line, event }) => ({
    file: 'journal.jsonl',
    selector: `line ${line}`,
    value: event.kind,
  }))
  return known(steps.length, ...proofs)
}
