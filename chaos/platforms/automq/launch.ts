/** How an AutoMQ node is started: what the measured recipe gives to the start script of its distribution. Pure. */
export interface AutoMqLaunch {
  readonly jvm: readonly string[]
  /** The hosts file of the node's zone, which replaces DNS. */
  readonly hostsFile: string
  readonly log4jFile: string
  /** Where the JVM's own log of its garbage collection goes. */
  readonly logDir: string
  /** Further words of the JVM's command line. */
  readonly arguments: readonly string[]
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
}

/**
 * What `bin/kafka-server-start.sh` is started with. The script splits each value at spaces, so no path may have one.
 * Empty values are variables that the script would otherwise take over from whoever calls it.
 */
export function autoMqEnvironment(launch: AutoMqLaunch): Readonly<Record<string, string>> {
  const isHeap = (word: string) => /^-X(m[sx]\d|X:MaxDirectMemorySize=|X:ReservedCodeCacheSize=)/.test(word)
  const isCollector = (word: string) => /^-XX:\+Use\w+GC$/.test(word)
  const rest = launch.jvm.filter(word => !isHeap(word) && !isCollector(word))
  const collector = launch.jvm.filter(isCollector)
  const options = [
    ...rest,
    `-Djdk.net.hosts.file=${launch.hostsFile}`,
    '-Dsun.net.inetaddr.ttl=1',
    // The times of its log name no zone: they are read as UTC.
    '-Duser.timezone=UTC',
    ...launch.arguments,
  ]
  return {
    KAFKA_HEAP_OPTS: launch.jvm.filter(isHeap).join(' '),
    // Its own choice is ZGC; this variable replaces it.
    KAFKA_JVM_PERFORMANCE_OPTS: ['-server', ...collector, '-Djava.awt.headless=true'].join(' '),
    KAFKA_OPTS: options.join(' '),
    KAFKA_LOG4J_OPTS: `-Dlog4j.configuration=file:${launch.log4jFile}`,
    LOG_DIR: launch.logDir,
    KAFKA_S3_ACCESS_KEY: launch.credentials.accessKeyId,
    KAFKA_S3_SECRET_KEY: launch.credentials.secretAccessKey,
    EXTRA_ARGS: '-name kafkaServer -loggc',
    ...Object.fromEntries(FOREIGN_VARIABLES.map(name => [name, ''])),
  }
}

const FOREIGN_VARIABLES = [
  'CLASSPATH',
  'DAEMON_MODE',
  'INCLUDE_TEST_JARS',
  'JMX_PORT',
  'KAFKA_DEBUG',
  'KAFKA_JMX_OPTS',
  'KAFKA_MODE',
  'UPGRADE_KAFKA_STREAMS_TEST_VERSION',
]
