import { Argument, type Command } from 'commander'
import type { z } from 'zod'
import { historySchema } from '../audit/history-format.ts'
import { contractSchema } from '../core/contract.ts'
import { calendarSchema } from '../gameday/calendar.ts'
import { workloadSchema } from '../cost/workload.ts'
import { inputJsonSchema } from '../drill/json-schema.ts'
import { DRILL_SCHEMA } from '../drill/load-drill.ts'
import type { Io } from './io.ts'

/** What people write by hand or hand over, by the name that the command gives it. */
const SCHEMAS: Readonly<Record<string, { readonly title: string; readonly schema: z.ZodType }>> = {
  drill: { title: 'A drill of aftershock', schema: DRILL_SCHEMA },
  contract: { title: 'A replay contract of aftershock', schema: contractSchema },
  gamedays: { title: 'A calendar of game days of aftershock', schema: calendarSchema },
  workload: { title: 'A workload of aftershock, to price', schema: workloadSchema },
  history: { title: 'A line of an operation history', schema: historySchema },
}

export function register(program: Command, io: Io): void {
  program
    .command('schema')
    .description('print the JSON Schema (draft 2020-12) of a kind of file, for editors')
    .addArgument(new Argument('<kind>', 'which kind of file').choices(Object.keys(SCHEMAS)))
    .addHelpText(
      'after',
      '\nAn editor with the YAML language server reads it from a first line such as\n' +
        '  # yaml-language-server: $schema=./drill.schema.json\n',
    )
    .action((kind: string) => {
      const { title, schema } = SCHEMAS[kind] as (typeof SCHEMAS)[string]
      const { $schema, ...rest } = inputJsonSchema(schema)
      io.stdout.write(`${JSON.stringify({ $schema, title, ...rest }, null, 2)}\n`)
    })
}
