import { z } from 'zod'
import type { Immutable } from '../core/immutable.ts'

/** `config/configuration.json`: what was decided for a run besides the files of its nodes beside it. */
export const runConfiguration = z.object({
  format: z.literal(1),
  software: z
    .record(z.string(), z.string())
    .describe(
      'Versions of what no other file names: `{"java":"17.0.15+6 (OpenJDK …)","versitygw":"1.8.0"}`.',
    ),
  jars: z.array(z.string()).describe('On the brokers’ class path, by name.'),
  nodes: z
    .array(
      z.object({
        node: z.number(),
        program: z.string(),
        arguments: z.array(z.string()),
        environment: z
          .record(z.string(), z.string().optional())
          .transform(all => all as Record<string, string>)
          .describe('As it was set besides what the process inherits.'),
      }),
    )
    .describe('How each node’s process was started.'),
  topics: z.record(
    z.string(),
    z.object({ partitions: z.number(), replicas: z.number(), settings: z.record(z.string(), z.string()) }),
  ),
})
/** As it is written: a variable that is not set is left out. */
export type RunConfiguration = Immutable<z.input<typeof runConfiguration>>

export const CONFIGURATION_FILE = 'config/configuration.json'
