import { AftershockError } from '../core/errors.ts'
import type { MachineSample } from '../record/samples.ts'
import type { SteadyState } from './steady-state.ts'

/** With less idle than this, what is slow says nothing about the platform. */
const BUSY_SHARE = 0.95

/** A drill that could not begin: what did not hold, and whether this machine had CPU for it meanwhile. */
export function notSteady(
  { probes }: SteadyState,
  { busy, load1 }: Pick<MachineSample, 'busy' | 'load1'>,
): AftershockError {
  const words = probes
    .filter(probe => probe.holds !== 'pass')
    .map(probe => `${probe.probe} was last ${probe.value ?? 'unknown'}, and did not stay ${probe.expected}`)
  const hint =
    busy !== null && busy >= BUSY_SHARE
      ? `a drill begins with a healthy system, and ${Math.round(busy * 100)}% of this machine’s CPU was taken meanwhile (load ${load1.toFixed(1)}): end other work on it, or give the drill fewer devices or a longer warmUp`
      : 'a drill begins with a healthy system: look at logs/ in the folder of the run, or lower the drill’s steadyState'
  return new AftershockError('unavailable', `the steady state could not be shown: ${words.join('; ')}`, {
    hint,
  })
}
