import { findPlatform } from '../platforms/index.ts'
import type { HeaderFile } from '../record/run-header.ts'
import { softwareKey } from './software-words.ts'

type Made = Pick<
  HeaderFile,
  'versions' | 'drill' | 'drillSha256' | 'seed' | 'platform' | 'software' | 'regionSoftware'
>

/** Enough to tell one drill from another. */
const DIGEST_LENGTH = 12

/** What has to be the same when a run is repeated: `aftershock 0.2.0, first (SHA-256 1e963374ab12), seed 7, kafka 4.3.1`. */
export function madeWords(made: Made): string {
  const { versions, drill, drillSha256, seed, platform } = made
  const version = (name: string) => (versions[name] === undefined ? '' : ` ${versions[name]}`)
  // Of others the software's own name has it.
  const ofPlatform = findPlatform(platform)?.versions.from === 'maven' ? version('kafka') : ''
  return [
    `aftershock${version('aftershock') || ' of an unknown version'}`,
    `${drill.drill} (SHA-256 ${drillSha256.slice(0, DIGEST_LENGTH)})`,
    `seed ${seed}`,
    `${softwareKey(made)}${ofPlatform}`,
  ].join(', ')
}
