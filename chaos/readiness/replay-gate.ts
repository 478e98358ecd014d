import type { ReadinessGate } from './readiness-gate.ts'
import { rowsOfNewestRun } from './row-of-run.ts'

export const replayGate: ReadinessGate = {
  gate: 'replay',
  asks: 'Can everything be read again from the oldest offset, while devices keep sending?',
  judge: inputs =>
    rowsOfNewestRun(inputs, 'oldest-offset-replay', ['durability', 'order'], { next: { drill: 'first' } }),
}
