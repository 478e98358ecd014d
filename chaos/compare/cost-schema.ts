import { z } from 'zod'
import { platformIdSchema } from './platform-id-schema.ts'
import { LINES } from '../record/cost-file.ts'
import { spread } from './spread-schema.ts'

/** The part of `comparison.json` that is about money: one workload, priced on each platform. */
const costPlatform = platformIdSchema
const billLine = z.object({
  line: z.enum(LINES),
  usdPerMonth: z.number(),
  formula: z.string(),
  inputs: z.array(z.object({ name: z.string(), value: z.number(), unit: z.string() })),
})
export const bill = z.object({
  platform: costPlatform,
  /** Whether bytes across zones are what the runs measured per byte, or the usual formula. */
  crossingsFrom: z.enum(['formula', 'measured']),
  /** Did it run here? A bill of one that did not is the model alone. */
  ran: z.boolean(),
  totalUsdPerMonth: z.number(),
  lines: z.array(billLine),
  usdPerReplay: z.number(),
  usdPerBrokerLoss: z.number(),
  /** Of these two, what people cost by the workload's own hours and rate; the rest follows from the platform. */
  labour: z.object({ usdPerReplay: z.number(), usdPerBrokerLoss: z.number() }),
  /** Machines that are there all month so that a replay can run beside the load: in the line `replays`, in no replay. */
  readyUsdPerMonth: z.number(),
  brokers: z.number(),
})
export const sensitivity = z.object({
  lever: z.string(),
  platform: costPlatform,
  usdAtLess: z.number(),
  usdAtMore: z.number(),
  /** Percent of the bill when this one thing is 20% less, and 20% more. */
  percentAtLess: z.number(),
  percentAtMore: z.number(),
})
export const crossing = z.object({
  platform: costPlatform,
  ratio: z.enum(['produce', 'replicate', 'consume', 'replay']),
  per: z.enum(['ingested byte', 'read byte']),
  measured: spread,
  formula: z.number(),
  least: z.number(),
  percent: z.number().nullable(),
  verdict: z.enum(['within', 'explained', 'flagged', 'unknown']),
  why: z.string(),
})
/** Factors of the stated workload, and what they are in the lever's unit, if it has one. */
const stretch = z.object({
  fromFactor: z.number(),
  toFactor: z.number(),
  from: z.number().nullable(),
  to: z.number().nullable(),
})
export const breakEven = z.object({
  lever: z.string(),
  unit: z.string(),
  /** What was looked at. */
  range: stretch,
  /** Totals a month, for drawing. */
  curves: z.array(
    z.object({
      platform: costPlatform,
      points: z.array(
        z.object({ factor: z.number(), value: z.number().nullable(), usdPerMonth: z.number() }),
      ),
    }),
  ),
  /** Where the cheaper of two changes, within the range and not at its ends. */
  crossings: z.array(
    z.object({
      platforms: z.tuple([costPlatform, costPlatform]),
      factor: z.number(),
      value: z.number().nullable(),
      usdPerMonth: z.number(),
      /** null: below, both cost the same to the end of the range. */
      cheaperBelow: costPlatform.nullable(),
      cheaperAbove: costPlatform.nullable(),
      /** Where both cost the same within 2%; null where one jumps past the other. */
      same: stretch.nullable(),
    }),
  ),
  /** The cheapest of all, and where; one stays it until another is more than 2% below. */
  cheapest: z.array(stretch.extend({ platform: costPlatform })),
})
export const cost = z.object({
  workload: z.object({
    workload: z.string(),
    region: z.string(),
    file: z.string(),
    sha256: z.string(),
    /** It is the one that the program ships: nobody's own. */
    example: z.boolean(),
  }),
  /** The workload in words and numbers, for people. */
  stated: z.array(z.object({ what: z.string(), value: z.string() })),
  prices: z.object({
    file: z.string(),
    sha256: z.string(),
    judgedOn: z.string(),
    flagged: z.array(
      z.object({
        item: z.string(),
        price: z.number(),
        unit: z.string(),
        tier: z.object({ from: z.number(), to: z.number().optional() }).optional(),
        date: z.string().nullable(),
        source: z.string(),
        flags: z.array(z.object({ flag: z.enum(['stale', 'low-confidence']), why: z.string() })),
      }),
    ),
    used: z.number(),
  }),
  /**
   * One for each form of each product that was asked for, also of those that did not run, all on the same footing:
   * with crossings as measured where all of them were, else by the formula for all.
   */
  bills: z.array(bill),
  /** Of each platform that was metered: crossings as measured. Not to be set against a bill by the formula. */
  measuredBills: z.array(bill),
  crossings: z.array(crossing),
  breakEvens: z.array(breakEven),
  sensitivities: z.array(sensitivity),
  extrapolated: z.array(z.string()),
  notExtrapolated: z.array(z.string()),
  notCounted: z.array(z.string()),
})
