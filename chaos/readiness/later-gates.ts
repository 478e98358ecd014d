import type { ReadinessGate, ReadinessResult } from './readiness-gate.ts'

const notRun = (shown: string): ReadinessResult => ({
  verdict: 'not-run',
  shown,
  proof: [],
  date: null,
  owner: null,
  next: null,
})

/** No version of this program tries it yet; until then it is not run, which is no pass. */
export const compatibilityGate: ReadinessGate = {
  gate: 'compatibility',
  asks: 'Do the clients that a fleet and its teams use get what they need?',
  judge: () => notRun('this version of aftershock does not try it'),
}
