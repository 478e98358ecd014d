import { platformTitle } from '../platforms/index.ts'
import type { PlatformSoftware } from '../record/platform-software.ts'

interface Made {
  readonly platform: string
  readonly software?: { readonly name: string; readonly kind: PlatformSoftware['kind'] } | undefined
}

/** What ran, for people: a stand-in goes by its own name, never by that of the platform. */
export function softwareName({ platform, software }: Made): string {
  return software?.name ?? platformTitle(platform)
}

/** For lines in which platforms go by their keys. */
export function softwareKey({ platform, software }: Made): string {
  return software?.kind === 'stand-in' ? software.name : platform
}

/** Stands beside every result of a reference store or a stand-in; null for a product. */
export function nonProductLabel({ software }: Made): string | null {
  if (software === undefined || software.kind === 'product') return null
  return software.kind === 'stand-in'
    ? 'A stand-in, not the product'
    : 'The lab’s reference store, no product'
}
