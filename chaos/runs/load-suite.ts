import { z } from 'zod'
import { platformIdSchema } from '../compare/platform-id-schema.ts'
import { drillDuration } from '../core/units.ts'
import { inputError } from '../drill/problem.ts'
import { schemaProblems } from '../drill/schema-problems.ts'
import { readYaml } from '../drill/yaml-source.ts'
import { DEFAULT_PLATFORM } from '../platforms/index.ts'

const suiteDrill = z.strictObject({
  drill: z
    .string()
    .min(1)
    .describe('A drill file, relative to this one, or the name of one that is shipped.')
    .meta({ examples: ['broker-kill'] }),
  platforms: z
    .array(platformIdSchema)
    .min(1)
    .default([DEFAULT_PLATFORM])
    .describe('On each of these, with a version or without. Default: on kafka.')
    .meta({ examples: [['kafka@4.3.1', 'kafka@4.4.0']] }),
  seed: z.string().min(1).optional().describe('In place of the one in the drill.'),
})

/** What people write by hand: several drills, each on one platform or more, with one verdict. */
export const suiteSchema = z.strictObject({
  suite: z
    .string()
    .min(1)
    .max(200)
    .describe('What it is called.')
    .meta({ examples: ['nightly'] }),
  budget: drillDuration
    .optional()
    .describe('How long all of it may take. A run that would take longer than what is left is not begun.')
    .meta({ examples: ['40m'] }),
  drills: z
    .array(suiteDrill)
    .min(1)
    .describe('In this order, one after the other.')
    .meta({ examples: [[{ drill: 'broker-kill' }]] }),
})
export type Suite = z.output<typeof suiteSchema>

const MORE = 'docs/ci.md explains every key, and `aftershock schema suite` prints them for your editor.'

/** @throws AftershockError `input` with every problem of the file, each with its line and column */
export async function loadSuite(path: string, shownAs: string): Promise<Suite> {
  const source = await readYaml(path, shownAs)
  const parsed = suiteSchema.safeParse(source.value)
  if (!parsed.success) throw inputError(schemaProblems(source, suiteSchema, parsed.error.issues), MORE)
  const seen = new Set<string>()
  const twice = parsed.data.drills.flatMap(({ drill, platforms, seed }, index) =>
    platforms.flatMap((platform, at) => {
      const key = JSON.stringify([drill, platform, seed])
      if (!seen.has(key)) {
        seen.add(key)
        return []
      }
      const message = `${drill} on ${platform} stands there twice; for repeats there is \`aftershock run --repeat\``
      return [source.problemAt(['drills', index, 'platforms', at], message)]
    }),
  )
  if (twice.length > 0) throw inputError(twice, MORE)
  return parsed.data
}
