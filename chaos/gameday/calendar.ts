import { createHash } from 'node:crypto'
import { z } from 'zod'
import { ZONES } from '../core/topology.ts'
import { drillDuration } from '../core/units.ts'
import { inputError } from '../drill/problem.ts'
import { schemaProblems } from '../drill/schema-problems.ts'
import { readYaml } from '../drill/yaml-source.ts'
import { FAULTS } from '../faults/index.ts'

const name = z.string().min(1).max(200)
const id = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'expected lower-case letters, digits and hyphens')
  .describe('Its name, for the command line and for its folder.')
  .meta({ examples: ['2027-01-zone'] })

export const gameDay = z.strictObject({
  id,
  at: z.iso
    .datetime({ error: "expected a time in UTC such as '2027-01-14T09:00:00Z'" })
    .describe('When its window opens, in UTC.')
    .meta({ examples: ['2027-01-14T09:00:00Z'] }),
  lasts: drillDuration
    .describe('How long the window is open: nothing begins outside of it.')
    .meta({ examples: ['2h'] }),
  drill: z
    .string()
    .min(1)
    .describe('A drill file, relative to this one, or the name of one that is shipped.')
    .meta({ examples: ['zone-cut'] }),
  environment: z
    .string()
    .min(1)
    .default('this-machine')
    .describe('this-machine: the lab; else an environment on AWS, by its name or file.'),
  owner: name.describe('Who answers for it, and for what is found that has no other owner.'),
  takesPart: z.array(name).default([]).describe('Who else is there.'),
  hypothesis: z
    .string()
    .min(20)
    .max(1000)
    .describe('A sentence, written before anybody knows: what is broken, and what will hold all the same.'),
  expectedCostUsd: z.number().min(0).describe('What it is to cost, all in all; 0 on this machine.'),
  blastRadius: z
    .strictObject({
      zones: z
        .array(z.enum(ZONES))
        .max(ZONES.length)
        .describe('Zones in which something may be broken; all of them for whom a fault finds by itself.'),
      faults: z
        .array(z.enum([...FAULTS.keys()]))
        .min(1)
        .describe('Kinds of faults that may be injected.')
        .meta({ examples: [['zone-cut']] }),
    })
    .describe('What may be broken at most. A drill that goes beyond is refused.'),
  approvers: z
    .array(name)
    .default([])
    .describe('One of them has to approve it, signed, before it runs. Empty: nobody has to.'),
})
export type GameDay = z.output<typeof gameDay>

/** What people write by hand: the calendar of game days. */
export const calendarSchema = z.strictObject({
  calendar: name.describe('Whose game days these are.').meta({ examples: ['Fleet platform'] }),
  days: z
    .array(gameDay)
    .min(1)
    .meta({
      examples: [
        [
          {
            id: '2027-01-zone',
            at: '2027-01-14T09:00:00Z',
            lasts: '2h',
            drill: 'zone-cut',
            owner: 'Dana',
            hypothesis: 'Losing az-c stops no device elsewhere for more than 15 s.',
            expectedCostUsd: 0,
            blastRadius: { zones: ['az-c'], faults: ['zone-cut'] },
          },
        ],
      ],
    }),
})

export interface Calendar {
  readonly name: string
  /** Absolute. */
  readonly path: string
  /** In the order of time. */
  readonly days: readonly GameDay[]
}

const MORE =
  'docs/game-days.md explains every key, and `aftershock schema gamedays` prints them for your editor.'

/** @throws AftershockError `input` with every problem of the file, each with its line and column */
export async function loadCalendar(path: string, shownAs = path): Promise<Calendar> {
  const source = await readYaml(path, shownAs)
  const parsed = calendarSchema.safeParse(source.value)
  if (!parsed.success) throw inputError(schemaProblems(source, calendarSchema, parsed.error.issues), MORE)
  const { days, calendar } = parsed.data
  const twice = days.flatMap((day, index) =>
    days.findIndex(other => other.id === day.id) < index
      ? [
          source.problemAt(
            ['days', index, 'id'],
            `${day.id} stands there twice; each day has a name of its own`,
          ),
        ]
      : [],
  )
  if (twice.length > 0) throw inputError(twice, MORE)
  return { name: calendar, path, days: days.toSorted((a, b) => (a.at < b.at ? -1 : 1)) }
}

/** Of all that was agreed: the day as it is written, and the bytes of its drill. A change of either is another day. */
export function digestOfDay(day: GameDay, drillSha256: string): string {
  const text = JSON.stringify([Object.entries(day).toSorted(([a], [b]) => (a < b ? -1 : 1)), drillSha256])
  return createHash('sha256').update(text).digest('hex')
}
