import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, delimiter, dirname, join } from 'node:path'
import { messageOf } from '../../../core/errors.ts'
import { within } from '../../../core/wait.ts'
import type { RunConfiguration } from '../../../record/run-configuration.ts'
import type { StartedLab } from './lab.ts'
import type { InstalledPlatform } from './installed-platform.ts'
import { sha256 } from '../setup/checksum.ts'
import { runTool } from '../setup/tool.ts'
import { writeText } from '../../../record/bounded-files.ts'
import { systemClock } from '../../../system-clock.ts'
import type { TopicSettings } from '../../../platforms/topics.ts'

/** What the brokers' virtual machines heed besides their command line. */
const JVM_VARIABLES = ['JAVA_TOOL_OPTIONS', 'JDK_JAVA_OPTIONS', '_JAVA_OPTIONS'] as const
/** Of a node's folder, what it is configured by; its data is beside it. */
const IS_CONFIGURATION = /^hosts$|\.(properties|yaml)$/
const LEFT_OUT = '(left out)'
const TOOL_TIMEOUT_MS = 20_000

export interface ConfigurationOptions {
  readonly runDir: string
  readonly lab: StartedLab
  /** Those that the run makes. */
  readonly topics: readonly TopicSettings[]
  readonly env: NodeJS.ProcessEnv
  /** What a program says when it is asked for its version. @default it is run */
  readonly ask?: (program: string, args: readonly string[]) => Promise<string>
}

/**
 * Writes `config/` into a run's folder: each node's own files as they were rendered, and `configuration.json` with
 * the command lines, the topics, and the versions of what no other file names. What a run shows depends on them,
 * and the lab's folder is gone after it. The store's credentials, which only this lab knew, are left out.
 */
export async function keepConfiguration(options: ConfigurationOptions): Promise<void> {
  const { runDir, lab, env } = options
  const ask = options.ask ?? askProgram(env)
  const { layout, supervisor, nodes } = lab
  const { store, runtime, platform } = supervisor.state
  const secrets = store ? [store.accessKeyId, store.secretAccessKey] : []
  const kept = (text: string) => secrets.reduce((left, secret) => left.replaceAll(secret, LEFT_OUT), text)
  const folder = join(runDir, 'config')
  mkdirSync(folder)
  for (const { id } of layout.topology.nodes) {
    const to = join(folder, `node-${id}`)
    mkdirSync(to)
    for (const name of readdirSync(layout.nodeDir(id)).filter(file => IS_CONFIGURATION.test(file)))
      writeFileSync(join(to, name), kept(readFileSync(join(layout.nodeDir(id), name), 'utf8')))
  }
  const inherited = Object.fromEntries(
    JVM_VARIABLES.flatMap(name => (env[name] === undefined ? [] : [[name, env[name]]])),
  )
  const jars = runtime ? runtime.classPath.split(delimiter) : []
  const sums = await checksumLines(jars)
  if (sums !== '') writeText(join(folder, 'jars.sha256'), sums)
  const configuration: RunConfiguration = {
    format: 1,
    software: {
      ...(runtime && { java: await javaVersion(runtime.java, ask) }),
      ...(store && { versitygw: await gatewayVersion(store.gateway, ask) }),
      ...sdkVersion(storeJars(platform)),
    },
    jars: jars.map(path => basename(path)),
    nodes: layout.topology.nodes.map(({ id }) => {
      const { program, args, env: own = {} } = nodes.command(id)
      const words = args.map((word, index) => (args[index - 1] === '-cp' ? '(jars)' : word))
      return { node: id, program, arguments: words, environment: { ...inherited, ...own } }
    }),
    topics: Object.fromEntries(
      options.topics.map(({ topic, numPartitions, replicationFactor, configEntries }) => [
        topic,
        {
          partitions: numPartitions,
          replicas: replicationFactor,
          settings: Object.fromEntries(configEntries.map(({ name, value }) => [name, value])),
        },
      ]),
    ),
  }
  writeText(join(folder, 'configuration.json'), kept(`${JSON.stringify(configuration, null, 2)}\n`))
}

/** What a connector's worker was configured by, beside the nodes' own files. */
export function keepWorkerConfiguration(runDir: string, from: string, into = ''): void {
  keepPart(from, join(runDir, 'config', 'connect', into))
}

/** The same of an instance of the stateful processor. */
export function keepInstanceConfiguration(runDir: string, from: string, into: string): void {
  keepPart(from, join(runDir, 'config', 'processor', into))
}

function keepPart(from: string, to: string): void {
  mkdirSync(to, { recursive: true })
  for (const name of readdirSync(from).filter(file => IS_CONFIGURATION.test(file)))
    copyFileSync(join(from, name), join(to, name))
}

/** As `sha256sum` writes it, of the jars that this run's brokers were started with. */
async function checksumLines(jars: readonly string[]): Promise<string> {
  const lines = []
  for (const path of jars) if (existsSync(path)) lines.push(`${await sha256(path)}  ${basename(path)}\n`)
  return lines.join('')
}

type Ask = NonNullable<ConfigurationOptions['ask']>

function askProgram(env: NodeJS.ProcessEnv): Ask {
  return async (program, args) => {
    const stop = new AbortController()
    const said = runTool(program, args, { env, signal: stop.signal })
    try {
      return await within(`${basename(program)} to tell its version`, said, {
        clock: systemClock,
        deadlineMs: TOOL_TIMEOUT_MS,
      })
    } finally {
      stop.abort()
    }
  }
}

/** For example `17.0.15+6 (OpenJDK 64-Bit Server VM, Debian)`. */
async function javaVersion(java: string, ask: Ask): Promise<string> {
  const said = await ask(java, ['-XshowSettings:properties', '-version']).catch(notKnown)
  const property = (name: string) => new RegExp(`^\\s*${name} = (.*)$`, 'm').exec(said)?.[1]?.trim()
  const version = property('java\\.runtime\\.version')
  if (version === undefined) return said
  return `${version} (${property('java\\.vm\\.name')}, ${property('java\\.vendor')})`
}

async function gatewayVersion(gateway: string, ask: Ask): Promise<string> {
  const said = await ask(gateway, ['--version']).catch(notKnown)
  return /^Version\s*:\s*v?(\S+)/m.exec(said)?.[1] ?? said
}

/** A version that cannot be asked for is no reason to lose a run. */
const notKnown = (error: unknown): string => `not known: ${messageOf(error)}`

/** Names of the jars with which brokers reach the object store. */
function storeJars({ tier, home }: InstalledPlatform): string[] {
  const folders =
    home !== null
      ? [join(home, 'libs')]
      : tier === null
        ? []
        : tier.plugin === 'aiven'
          ? [join(tier.folder, 'core'), join(tier.folder, 's3')]
          : tier.classPath.split(delimiter).map(path => dirname(path))
  return folders.filter(folder => existsSync(folder)).flatMap(folder => readdirSync(folder))
}

/** By the name of its jar, whoever brought it. */
function sdkVersion(jars: readonly string[]): Record<string, string> {
  const version = jars.map(name => /^sdk-core-(\d[\w.-]*)\.jar$/.exec(name)?.[1]).find(Boolean)
  return version === undefined ? {} : { 'AWS SDK for Java': version }
}
