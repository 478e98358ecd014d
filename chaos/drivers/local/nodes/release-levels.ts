import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { AftershockError } from '../../../core/errors.ts'
import { METADATA_VERSION } from '../../../core/upgrade.ts'
import type { KafkaRuntime } from './kafka-node.ts'

const TOOL_MS = 60_000
/** The tool wants a broker named and asks none for this. */
const NOBODY = '127.0.0.1:1'

/**
 * Levels that a release gives to a cluster, by feature, as its own tool tells them: what `kafka-features upgrade
 * --release-version` would ask for. A feature at 0 is not switched on.
 */
export async function levelsOfRelease({
  java,
  classPath,
}: Pick<KafkaRuntime, 'java' | 'classPath'>): Promise<Readonly<Record<string, number>>> {
  const tool = ['org.apache.kafka.tools.FeatureCommand', '--bootstrap-server', NOBODY, 'version-mapping']
  const args = ['-Xmx64m', '-XX:TieredStopAtLevel=1', '-cp', classPath, ...tool]
  const { stdout } = await promisify(execFile)(java, args, { timeout: TOOL_MS })
  const levels = parseLevels(stdout)
  if (levels[METADATA_VERSION] === undefined)
    throw new AftershockError(
      'unavailable',
      'the release’s own tool does not say which levels belong to it',
      {
        hint: 'its `kafka-features version-mapping` has to print metadata.version',
      },
    )
  return levels
}

/** One `name=level` a line; that of `metadata.version` has its name behind it. */
export const parseLevels = (said: string): Readonly<Record<string, number>> =>
  Object.fromEntries(
    [...said.matchAll(/^([\w.]+)=(\d+)\b/gm)].map(([, name = '', level]) => [name, Number(level)]),
  )
