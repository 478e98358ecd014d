import { z } from 'zod'
import { defineAction } from './action.ts'

const spec = z.strictObject({
  connector: z
    .string()
    .min(1)
    .describe('The sink whose dead letters are repaired; one of the drill’s connectors.')
    .meta({ examples: ['rows'] }),
})

/**
 * What a sink put aside is read again from its topic, from the earliest of it on, mended where it is of the version that
 * `schema-mistake` writes, and published again as what its devices would have sent. Done when all of it is acknowledged.
 */
export const repair = defineAction<z.output<typeof spec>>({
  kind: 'repair',
  summary: 'What a sink put aside is read again, mended and published.',
  needs: ['connectors'],
  spec,
  describe: ({ connector }) => `repair what ${connector} put aside`,
  run: ({ connector }, { hands, signal }) => hands.repair(connector, signal),
})
