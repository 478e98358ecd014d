import { z } from 'zod'
import { plural } from '../core/numbers.ts'
import { duration } from '../core/units.ts'
import { defineAction } from './action.ts'
import { moveKeys } from './move-keys.ts'

const between = z
  .strictObject({
    watch: duration.prefault('5s').describe('For how long it is watched; less than `within`.'),
    silentAtMost: duration
      .prefault('2s')
      .describe('The longest time in which region b acknowledges nothing of it.'),
    unansweredAtMost: z
      .int()
      .min(0)
      .default(0)
      .describe('Records that are refused or not answered meanwhile.'),
    lagAtMost: z
      .int()
      .min(0)
      .default(1000)
      .describe('Records that consumers in region b are behind in the end.'),
    goAhead: z
      .string()
      .min(1)
      .max(300)
      .optional()
      .describe('What a person has to do, and to say that it is done, before the next wave.'),
  })
  .describe(
    'What each wave has to show before the next one follows. A wave that is not well ends the migration: the others stay in region a, and `roll-back` brings home who moved. Default: the next one follows at once.',
  )
  .meta({ examples: [{ watch: '10s', lagAtMost: 500 }] })

const spec = z.strictObject({
  ...moveKeys,
  waves: z
    .int()
    .min(1)
    .max(6)
    .default(2)
    .describe('In so many groups devices connect to region b; consumers go after the first.'),
  between: between.optional(),
})

export type MigrateSpec = z.output<typeof spec>

/**
 * Nothing is broken: settings and rules are compared, the mirror has copied everything, devices are held until that is
 * so to the last record, and go to region b in waves, with their consumers at translated offsets.
 */
export const migrate = defineAction<MigrateSpec>({
  kind: 'migrate',
  summary: 'Devices and consumers go to region b as planned, in waves, step by step.',
  needs: ['regions'],
  spec,
  describe: ({ waves }) => `devices and consumers go to region b in ${plural(waves, 'wave')}`,
  run: ({ within, goAhead, waves, between: of }, { id, hands, signal }) =>
    hands.moveRegion(
      {
        id,
        move: 'migrate',
        withinMs: within,
        waves,
        ...(goAhead !== undefined && { goAhead }),
        ...(of && {
          between: {
            watchMs: of.watch,
            silentMsAtMost: of.silentAtMost,
            unansweredAtMost: of.unansweredAtMost,
            lagAtMost: of.lagAtMost,
            ...(of.goAhead !== undefined && { goAhead: of.goAhead }),
          },
        }),
      },
      signal,
    ),
})
