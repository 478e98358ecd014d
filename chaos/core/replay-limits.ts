import { z } from 'zod'

/**
 * What a replay may do to others: `replayLimits` of a contract. A replay that somebody approved under it is stopped when
 * producers or live readers suffer more than that.
 */
export const replayLimitsSchema = z
  .strictObject({
    tailLagSeconds: z
      .number()
      .positive()
      .optional()
      .describe(
        'How far live readers may fall behind, by the age of the oldest record that they have not read.',
      ),
    produceP99Ms: z
      .number()
      .positive()
      .optional()
      .describe('What the slowest one in a hundred acknowledgements to producers may take.'),
    liveGroups: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe('Consumer groups of live readers, for `replay run`; a drill has live readers of its own.')
      .meta({ examples: [['dashboards']] }),
  })
  .describe('A replay is stopped when others suffer more than this.')
  .meta({ examples: [{ tailLagSeconds: 20, produceP99Ms: 5000 }] })

export type ReplayLimits = z.output<typeof replayLimitsSchema>

/** By what a drill calls it. */
const PROBES = { tailLagSeconds: 'tail-lag-seconds', produceP99Ms: 'produce-p99-ms' } as const
type Limited = keyof typeof PROBES
const LIMITED = Object.keys(PROBES) as readonly Limited[]

export interface LimitCondition {
  readonly probe: (typeof PROBES)[Limited]
  readonly above: number
}

/** In the words of a drill: a replay is stopped when one of these holds. */
export function limitConditions(limits: ReplayLimits | undefined): LimitCondition[] {
  return LIMITED.flatMap(key => {
    const above = limits?.[key]
    return above === undefined ? [] : [{ probe: PROBES[key], above }]
  })
}

/** The limit of the contract that decides before this condition of a drill can; null: none does. */
export function decidesBefore(
  condition: {
    readonly probe: string
    readonly above?: number | undefined
    readonly atLeast?: number | undefined
  },
  limits: ReplayLimits | undefined,
): { readonly key: Limited; readonly limit: number } | null {
  const upper = condition.above ?? condition.atLeast
  const key = LIMITED.find(one => PROBES[one] === condition.probe)
  const limit = key && limits?.[key]
  return key && limit !== undefined && upper !== undefined && upper > limit ? { key, limit } : null
}
