import { execFile } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ensureKafka } from '../../chaos/drivers/local/setup/kafka.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import type { StagedArchive } from './bootstrap-broker.ts'
import type { Moto } from './moto.ts'
import { sha256, upload } from './moto-node.ts'

/** What the bootstrap script uses of the layout besides the start. */
const TOOLS = [
  ['kafka-acls.sh', 'org.apache.kafka.tools.AclCommand'],
  ['kafka-configs.sh', 'kafka.admin.ConfigCommand'],
] as const

/**
 * An archive in AutoMQ's layout that is not AutoMQ: only how a node is brought up is tried with it. Its start script
 * says what it is, leaves out what stock Kafka lacks, and formats, as AutoMQ does by itself.
 */
export async function stageStandIn(moto: Moto): Promise<StagedArchive> {
  const { libsDir } = await ensureKafka({ clock: systemClock, progress: () => {} })
  const layout = join(moto.dir, 'staging', 'stand-in-not-automq')
  mkdirSync(join(layout, 'bin'), { recursive: true })
  symlinkSync(libsDir, join(layout, 'libs'))
  writeFileSync(
    join(layout, 'bin', 'kafka-server-start.sh'),
    `set -e
base=$(cd "$(dirname "$0")/.." && pwd)
echo "stand-in: this is stock Apache Kafka, not AutoMQ"
words="\${KAFKA_HEAP_OPTS:--Xmx75%} \${KAFKA_JVM_PERFORMANCE_OPTS:--XX:+UseZGC} $KAFKA_LOG4J_OPTS"
words="$words \${KAFKA_OPTS:--XX:+HeapDumpOnOutOfMemoryError} \${EXTRA_ARGS--loggc}"
echo "stand-in: starts with $words "
properties=$LOG_DIR/stand-in.properties
grep -v '^metric.reporters=' "$1" >"$properties"
id=$(sed -n 's/^cluster.id=//p' "$1")
java -Xmx256m -cp "$base/libs/*" kafka.tools.StorageTool format --ignore-formatted -t "$id" -c "$properties"
exec java $words -cp "$base/libs/*" kafka.Kafka "$properties"
`,
  )
  for (const [script, mainClass] of TOOLS)
    writeFileSync(
      join(layout, 'bin', script),
      `exec java $KAFKA_HEAP_OPTS -XX:TieredStopAtLevel=1 -cp "$(dirname "$0")/../libs/*" ${mainClass} "$@"\n`,
    )
  const archive = join(moto.dir, 'stand-in.tar')
  await promisify(execFile)('tar', ['-chf', archive, '-C', join(layout, '..'), 'stand-in-not-automq'])
  return { uri: await upload(moto, archive, 'stand-in-not-automq.tar'), sha256: sha256(archive) }
}
