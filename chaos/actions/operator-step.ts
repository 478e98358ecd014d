import { z } from 'zod'
import { duration } from '../core/units.ts'
import { defineAction } from './action.ts'

const spec = z.strictObject({
  what: z
    .string()
    .min(1)
    .max(300)
    .describe('What is to be done, in a sentence.')
    .meta({ examples: ['Move the dashboards to the second cluster'] }),
  run: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('A program and its arguments that do it; without it, a person does and says so.')
    .meta({ examples: [['./move-dashboards.sh', 'az-b']] }),
  within: duration.prefault('10m').describe('How long it may take; after that it has failed.'),
})

/**
 * A person, or a script in a person's place, does something while devices keep sending. How long it took and how it
 * ended is evidence, and it counts as an operator step in the bill. A script needs `--allow-commands`.
 */
export const operatorStep = defineAction<z.output<typeof spec>>({
  kind: 'operator-step',
  summary: 'A person or a script does something; how long it took is evidence.',
  needs: [],
  spec,
  describe: ({ what, run }) => `${run ? `${run[0]} does` : 'a person does'}: ${what}`,
  async run({ what, run, within }, { id, hands, signal }) {
    const began = hands.now()
    const by = run ? 'command' : 'person'
    const limits = { withinMs: within, signal }
    const end = run
      ? await hands.command(run, limits)
      : { isDone: await hands.person(id, what, limits), withinMs: within }
    const ok = 'isDone' in end ? end.isDone : end.exitCode === 0
    return { ok, result: { what, by, seconds: (hands.now() - began) / 1000, ...end } }
  },
})
