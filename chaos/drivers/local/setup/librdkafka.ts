import { z } from 'zod'
import { packageFile } from '../../../package-root.ts'
import type { Environment } from './cache.ts'
import { runTool } from './tool.ts'

/** The client of Confluent for Python, whose wheels have librdkafka in them. */
export const LIBRDKAFKA_PACKAGE = 'confluent-kafka'
const told = z.object({ client: z.string(), library: z.string() })

export interface Librdkafka {
  readonly python: string
  /** `librdkafka 2.16.0 (confluent-kafka 2.16.1)` */
  readonly version: string
  readonly script: string
}

/** By AFTERSHOCK_PYTHON, else python3 of the PATH; null where that has none. */
export async function findLibrdkafka(env: Environment): Promise<Librdkafka | null> {
  const python = env['AFTERSHOCK_PYTHON'] || 'python3'
  const script = packageFile('chaos', 'compatibility', 'librdkafka', 'run.py')
  try {
    const said = await runTool(python, [script, '--version'], { env })
    const { client, library } = told.parse(JSON.parse(said.trim().split('\n').at(-1) ?? ''))
    return { python, script, version: `librdkafka ${library} (${LIBRDKAFKA_PACKAGE} ${client})` }
  } catch {
    return null
  }
}
