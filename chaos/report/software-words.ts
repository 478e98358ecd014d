import { platformTitle } from '../platforms/index.ts'
import type { PlatformSoftware } from '../record/platform-software.ts'

type Software = Pick<PlatformSoftware, 'name' | 'kind' | 'notes'>

interface Made {
  readonly platform: string
  readonly software?: Software | undefined
  /** Of region b. */
  readonly regionSoftware?: Software | undefined
}

/** What ran, for people: a stand-in goes by its own name, never by that of the platform. */
export function softwareName(made: Made): string {
  const { platform, software } = made
  return `${software?.name ?? platformTitle(platform)}${regionWords(made)}`
}

/** For lines in which platforms go by their keys. */
export function softwareKey(made: Made): string {
  const { platform, software } = made
  return `${software?.kind === 'stand-in' ? software.name : platform}${regionWords(made)}`
}

/** Where region b is made of something else. */
function regionWords({ software, regionSoftware }: Made): string {
  if (!regionSoftware || regionSoftware.name === software?.name) return ''
  return `, region b on ${regionSoftware.name}`
}

/** Stands beside every result of a reference store or a stand-in, in either region; null for products. */
export function nonProduct({
  software,
  regionSoftware,
}: Made): { readonly label: string; readonly software: Software } | null {
  const found = [software, regionSoftware].filter(one => one !== undefined && one.kind !== 'product')
  const worst = found.find(one => one?.kind === 'stand-in') ?? found[0]
  if (!worst) return null
  return {
    label:
      worst.kind === 'stand-in' ? 'A stand-in, not the product' : 'The lab’s reference store, no product',
    software: worst,
  }
}
