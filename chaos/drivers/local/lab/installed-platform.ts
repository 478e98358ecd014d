import { z } from 'zod'
import { PLATFORM_NAMES } from '../../../platforms/index.ts'
import { kafka } from '../../../platforms/kafka/traits.ts'
import { platformSoftware } from '../../../record/platform-software.ts'

/** Jars that keep Kafka's closed segments in the object store: the lab's own, or those of Aiven's plugin. */
const tierPlugin = z.discriminatedUnion('plugin', [
  z.strictObject({ plugin: z.literal('reference'), className: z.string(), classPath: z.string() }),
  z.strictObject({ plugin: z.literal('aiven'), folder: z.string() }),
])
export type TierPlugin = z.output<typeof tierPlugin>

/** What the nodes of a lab run, as it is kept in the lab's state, so that any later process can start one again. */
export const installedPlatformSchema = z.strictObject({
  platform: z.enum(PLATFORM_NAMES),
  /** What goes into every report. */
  software: platformSoftware,
  /** Of Kafka with tiered storage. */
  tier: tierPlugin.nullable(),
  /** The folder of what the user brought. */
  home: z.string().nullable(),
})
export type InstalledPlatform = z.output<typeof installedPlatformSchema>

export function plainKafka(version: string, notes: readonly string[] = []): InstalledPlatform {
  return {
    platform: kafka.name,
    software: {
      name: `${kafka.title} ${version}`,
      ...(version !== '' && { version }),
      kind: 'product',
      notes,
    },
    tier: null,
    home: null,
  }
}
