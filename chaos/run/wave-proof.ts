import type { WaveBounds } from '../actions/action.ts'
import { AftershockError } from '../core/errors.ts'
import { formatDuration } from '../core/units.ts'
import type { RegionPlace, RegionStep } from './region-steps.ts'

const LOOK_MS = 100

/**
 * After a wave, before the next: devices that moved are watched for a while, and their consumers with them. The first
 * bound that breaks ends it, for nobody else should follow then.
 */
export const proveWave = (
  { fleet, readers, clock }: RegionPlace,
  { name, gateways }: { readonly name: string; readonly gateways: readonly string[] },
  bounds: WaveBounds,
): RegionStep => ({
  name: `${name} proven`,
  async work({ signal }) {
    const { watchMs, silentMsAtMost, unansweredAtMost, lagAtMost } = bounds
    const before = fleet.sinceMove(gateways)
    const began = clock.now()
    let [now, answeredAt, longestMs] = [before, began, 0]
    while (clock.now() - began < watchMs) {
      await clock.sleep(LOOK_MS, signal)
      const next = fleet.sinceMove(gateways)
      // Up to this look: when between two of them it was answered is not known.
      longestMs = Math.max(longestMs, clock.now() - answeredAt)
      if (next.acked > now.acked) answeredAt = clock.now()
      now = next
      const unanswered = now.unanswered - before.unanswered
      if (unanswered > unansweredAtMost)
        throw notWell(`${unanswered} records were refused or not answered, ${unansweredAtMost} may be`)
      if (longestMs > silentMsAtMost)
        throw notWell(
          `nothing was acknowledged for ${formatDuration(Math.round(longestMs))}, ${formatDuration(silentMsAtMost)} may pass`,
        )
    }
    const lag = readers.lagIn('b')
    if (lag === null) throw notWell('nobody knows how far consumers in region b are behind')
    if (lag > lagAtMost) throw notWell(`consumers in region b are ${lag} records behind, ${lagAtMost} may be`)
    return {
      proof: `in ${formatDuration(watchMs)} region b acknowledged ${now.acked - before.acked} records of that wave, ${now.unanswered - before.unanswered} were not answered, the longest silence was at most ${formatDuration(Math.round(longestMs))}, and consumers are ${lag} records behind`,
    }
  },
})

const notWell = (why: string): AftershockError =>
  new AftershockError('unavailable', `the wave is not well in region b: ${why}`, {
    hint: 'the other waves stay in region a; `roll-back` brings this one home',
  })
