import { duration } from '../core/units.ts'

/** What every action takes that changes the release of brokers. */
export const releaseKeys = {
  within: duration.prefault('90s').describe('How long each of its steps may take; after that it has failed.'),
}
