import type { PlatformId } from '../platforms/platform-id.ts'

/** One run of a comparison: `kafka/2`. */
export interface PlannedRun {
  readonly platform: PlatformId
  readonly number: number
}

export const ORDER_RULE =
  'In rounds: each platform once a round, and each round begins with the next platform, so that none always has the first place on a rested machine, or the last.'

/** Round 1 is a, b, c; round 2 is b, c, a; and so on. */
export function repeatOrder(platforms: readonly PlatformId[], repeat: number): PlannedRun[] {
  return Array.from({ length: repeat }, (_, round) =>
    platforms.map((_same, place) => ({
      platform: platforms[(round + place) % platforms.length] as PlatformId,
      number: round + 1,
    })),
  ).flat()
}

export const nameOf = ({ platform, number }: PlannedRun): string => `${platform}/${number}`
