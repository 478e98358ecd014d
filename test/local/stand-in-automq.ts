import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { KafkaDistribution } from '../../chaos/drivers/local/setup/kafka.ts'
import { log4jProperties } from '../../chaos/platforms/kafka/properties.ts'

/**
 * A folder in the layout of AutoMQ's releases whose scripts run stock Kafka: it tests how the lab prepares, starts,
 * finds and ends such nodes, and nothing else. Like the real one it takes the variables of the lab, replaces itself by
 * the JVM and formats its own disk. What stock Kafka does not know it leaves out, so it refuses nothing; it keeps its
 * records on its own disk and serves no metrics.
 */
export function writeStandIn(home: string, kafka: KafkaDistribution): string {
  for (const folder of ['bin', 'libs', 'config']) mkdirSync(join(home, folder), { recursive: true })
  for (const name of readdirSync(kafka.libsDir))
    if (name !== basename(kafka.metricsAgent))
      symlinkSync(join(kafka.libsDir, name), join(home, 'libs', name))
  writeFileSync(join(home, 'config', 'log4j2.properties'), log4jProperties())
  script(home, 'kafka-server-start.sh', START)
  script(home, 'kafka-run-class.sh', RUN)
  return home
}

function script(home: string, name: string, text: string): void {
  writeFileSync(join(home, 'bin', name), text, { mode: 0o755 })
}

const START = `#!/bin/bash
exec $(dirname $0)/kafka-run-class.sh $EXTRA_ARGS kafka.Kafka "$@"
`

const RUN = `#!/bin/bash
while [ "$1" != kafka.Kafka ]; do shift; done
file=$2
base=$(dirname $0)/..
java=java
[ -z "$JAVA_HOME" ] || java=$JAVA_HOME/bin/java
jvm="$KAFKA_HEAP_OPTS $KAFKA_JVM_PERFORMANCE_OPTS -XX:TieredStopAtLevel=1 -Dlog4j2.configurationFile=$base/config/log4j2.properties"
own='cluster\\.id|elasticstream\\.|s3\\.|automq\\.|autobalancer\\.|metric\\.reporters'
grep -vE "^($own)" "$file" > "$file.stock"
$java $jvm -cp "$base/libs/*" kafka.tools.StorageTool format --ignore-formatted \\
  -t "$(sed -n 's/^cluster\\.id=//p' "$file")" -c "$file.stock" || exit 1
shift 2
exec $java $jvm -cp "$base/libs/*" $KAFKA_OPTS kafka.Kafka "$file.stock" "$@"
`
