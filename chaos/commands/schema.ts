import { Argument, type Command } from 'commander'
import { z } from 'zod'
import { historySchema } from '../audit/history-format.ts'
import { contractSchema } from '../core/contract.ts'
import { calendarSchema } from '../gameday/calendar.ts'
import { suiteSchema } from '../runs/load-suite.ts'
import { workloadSchema } from '../cost/workload.ts'
import { inputJsonSchema, type JsonSchema } from '../drill/json-schema.ts'
import { DRILL_SCHEMA } from '../drill/load-drill.ts'
import { RUN_FOLDER } from '../record/run-folder.ts'
import type { Io } from './io.ts'

interface Published {
  readonly title: string
  readonly schema: z.ZodType
  /** Raised when a reader of the old one would be wrong: docs/formats.md. */
  readonly version: number
}

/** What people write by hand or hand over, by the name that the command gives it. */
const WRITTEN: Readonly<Record<string, Published>> = {
  drill: { title: 'A drill of aftershock', schema: DRILL_SCHEMA, version: 1 },
  contract: { title: 'A replay contract of aftershock', schema: contractSchema, version: 1 },
  gamedays: { title: 'A calendar of game days of aftershock', schema: calendarSchema, version: 1 },
  suite: { title: 'A suite of drills of aftershock', schema: suiteSchema, version: 1 },
  workload: { title: 'A workload of aftershock, to price', schema: workloadSchema, version: 1 },
  history: { title: 'A line of an operation history', schema: historySchema, version: 1 },
}

/** `samples/broker-metrics.jsonl` is `samples-broker-metrics`; what has a name of each run’s own is named by its folder. */
const kindOf = (path: string): string => {
  const bare = path.replace(/\.jsonl?$/, '').replace(/\/<[^/]*>$/, '')
  return bare === 'history' ? 'run-history' : bare.replaceAll('/', '-')
}

/** Those, and the files of a run. */
export const SCHEMAS: Readonly<Record<string, Published>> = {
  ...WRITTEN,
  ...Object.fromEntries(
    RUN_FOLDER.flatMap(({ path, what, schema }) =>
      schema === undefined ? [] : [[kindOf(path), { title: `${path}: ${what}`, schema, version: 1 }]],
    ),
  ),
}

/** A schema as it is published in `schema/`. */
export function schemaText(kind: string): string {
  const { title, schema, version } = SCHEMAS[kind] as Published
  const json =
    kind in WRITTEN
      ? inputJsonSchema(schema)
      : (z.toJSONSchema(schema, {
          io: 'input',
          target: 'draft-2020-12',
          unrepresentable: 'any',
        }) as JsonSchema)
  const { $schema, ...rest } = json
  return `${JSON.stringify({ $schema, $id: `urn:aftershock:${kind}:${version}`, title, ...rest }, null, 2)}\n`
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
      io.stdout.write(schemaText(kind))
    })
}
