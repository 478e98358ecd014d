import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { platformIdSchema } from './platform-id-schema.ts'
import { verdictSchema } from '../core/verdict.ts'
import { AftershockError } from '../core/errors.ts'
import { readJson, writeDocument } from '../record/bounded-files.ts'

const platform = platformIdSchema

/** `compare.json`: what a comparison set out to do, and how far it got; written anew at each step. */
export const planFile = z.object({
  format: z.literal(1),
  drill: z.string(),
  drillSha256: z.string(),
  seed: z.string(),
  platforms: z.array(platform),
  repeat: z.number(),
  /** How the order below was chosen. */
  rule: z.string(),
  /** What must be the same when it is taken up again: versions of the program, its commit, the machine. */
  conditions: z.record(z.string(), z.string()),
  notRun: z.array(z.object({ platform, reason: z.string(), hint: z.string().nullable() })),
  /** In the order in which they are to be performed. */
  runs: z.array(
    z.object({
      platform,
      number: z.number(),
      /** `begun` is also what a killed program leaves. */
      state: z.enum(['planned', 'begun', 'done', 'interrupted', 'failed', 'kept']),
      verdict: verdictSchema.nullable(),
      why: z.string().nullable(),
      /** The machine's load (1 minute) when it began, and how long was waited for it to fall. */
      rested: z.object({ load1: z.number(), waitedMs: z.number() }).optional(),
    }),
  ),
  /** Half-finished runs that were moved out of the way, never deleted. */
  setAside: z.array(z.object({ from: z.string(), to: z.string(), at: z.string() })),
})
export type PlanFile = z.output<typeof planFile>
export type PlanEntry = PlanFile['runs'][number]

export const PLAN_FILE = 'compare.json'
/** In the folder of a comparison while a process works on it. */
export const LOCK_FILE = 'compare.lock'

/**
 * Makes the folder, or takes up the comparison that is in it. More repeats, or other platforms, may be asked for.
 * @throws AftershockError `input` when the folder holds something else, or was made under other conditions.
 */
export function openPlan(outDir: string, wanted: PlanFile): PlanFile {
  const path = join(outDir, PLAN_FILE)
  if (!existsSync(outDir)) mkdirSync(outDir, { recursive: true })
  const found = readJson(path, planFile)
  if (found === null) {
    if (readdirSync(outDir).some(name => name !== LOCK_FILE))
      throw new AftershockError('input', `${outDir} holds something, and no comparison that could go on`, {
        hint: 'choose another folder with --out',
      })
    return wanted
  }
  const differing = [
    ...differs('drill', found.drillSha256, wanted.drillSha256),
    ...differs('seed', found.seed, wanted.seed),
    ...[...new Set([...Object.keys(found.conditions), ...Object.keys(wanted.conditions)])].flatMap(name =>
      differs(name, found.conditions[name] ?? 'not stated', wanted.conditions[name] ?? 'not stated'),
    ),
  ]
  if (differing.length > 0)
    throw new AftershockError(
      'input',
      `the comparison in ${outDir} was begun under other conditions:\n  ${differing.join('\n  ')}`,
      { hint: 'Go on as it was begun, or begin another with --out.' },
    )
  return { ...wanted, setAside: found.setAside }
}

function differs(what: string, then: string, now: string): string[] {
  return then === now ? [] : [`${what}: ${then} then, ${now} now`]
}

export function writePlan(outDir: string, plan: PlanFile): void {
  writeDocument(join(outDir, PLAN_FILE), plan)
}
