import { z } from 'zod'
import type { Immutable } from '../core/immutable.ts'

/**
 * What a run's platform was made of, for every report. A reference store of the lab and a stand-in distribution
 * are not products: whatever names the platform must say so, and a stand-in never appears under a product's name.
 */
export const platformSoftware = z.object({
  name: z.string().describe("For example `Apache Kafka 4.3.1, remote log in the lab's reference store`."),
  version: z
    .string()
    .optional()
    .describe('Of the platform: `4.3.1`. Absent: not known, or from before it was kept.'),
  kind: z
    .enum(['product', 'reference', 'stand-in'])
    .describe(
      '`stand-in`: a distribution that only has the layout of the product; nothing it does is the product’s doing.',
    ),
  absent: z
    .array(z.string())
    .readonly()
    .optional()
    .describe(
      'What of the platform is out of reach where it ran: nothing of it was broken, measured or judged. Absent: nothing is, or not kept.',
    ),
  notes: z.array(z.string()).readonly().describe('What a reader must know, one sentence each.'),
})
export type PlatformSoftware = Immutable<z.output<typeof platformSoftware>>
