import { z } from 'zod'
import { measured } from './measured.ts'

const step = z.object({
  /** Of the action that it is a part of. */
  id: z.string(),
  step: z.string(),
  /** Of a broker; null: of the cluster. */
  node: z.number().nullable(),
  to: z.string(),
  owner: z.string(),
  ok: z.boolean(),
  /** When it had been taken. */
  at: z.number(),
  tookMs: z.number(),
  /** Of a broker: until it had ended, then served, then was in sync; null: not told. */
  parts: z.object({ stopMs: z.number(), serveMs: z.number(), syncMs: z.number() }).nullable(),
  /** What the last broker that was seen runs, knows and has been told is finalized. */
  release: z.string().nullable(),
  supports: z.number().nullable(),
  finalized: z.number().nullable(),
  proof: z.string(),
  line: z.number(),
  /** What counts as its cost: until the next step begins, or the next action, or the load ends. */
  span: z.object({ fromMs: z.number(), toMs: z.number() }),
  /** Of the worst partition. */
  unavailable: measured,
  worstPartition: z.string().nullable(),
  lost: measured,
  repeated: measured,
  leaderMoves: measured,
  /** Between brokers; null: not metered. */
  replicationBytes: z.number().nullable(),
})

/** What a change of the release that brokers run, and the way back, made of a run. */
export const upgradeMeasurement = z.object({
  from: z.string().nullable(),
  to: z.string(),
  /** In the order of time. */
  actions: z.array(
    z.object({
      id: z.string(),
      kind: z.string(),
      startedAt: z.number(),
      finishedAt: z.number().nullable(),
      ok: z.boolean().nullable(),
      line: z.number(),
      took: measured,
      /** Brokers that no step of it showed with the release that it goes to. */
      unseen: z.array(z.number()),
    }),
  ),
  steps: z.array(step),
  /** Of the whole run. */
  lost: measured,
  repeated: measured,
  /** Of the step that has most of it. */
  unavailable: measured,
  /** Of the step that took longest. */
  step: measured,
  /** Of the action that took longest. */
  action: measured,
  examples: z.object({ lost: z.array(z.string()), repeated: z.array(z.string()) }),
})

export type UpgradeMeasurement = z.output<typeof upgradeMeasurement>
export type UpgradeStep = UpgradeMeasurement['steps'][number]
