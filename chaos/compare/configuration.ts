import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { z } from 'zod'
import { namesIn, readJson, readText } from '../record/bounded-files.ts'
import { CONFIGURATION_FILE, runConfiguration } from '../record/run-configuration.ts'

/** What a run's nodes were configured with, so far as it can be the same on another lab. */
export interface Configuration {
  /** Versions of what no other file names: Java's, the object store's. */
  readonly software: Readonly<Record<string, string>>
  /** By `server.properties key`, `JVM -Xmx`, `topic telemetry: segment.bytes`. */
  readonly settings: Readonly<Record<string, string>>
  /** Of the settings. */
  readonly sha256: string
}

/** Jars differ with versions, which are compared as such. */
const compared = runConfiguration.omit({ jars: true })
type ConfigurationFile = z.output<typeof compared>

/** null for a run of a version that did not keep it. */
export function readConfiguration(runDir: string, labDir: string): Configuration | null {
  const folder = join(runDir, 'config')
  const file = readJson(join(runDir, CONFIGURATION_FILE), compared)
  if (!file) return null
  const plain = (text: string) => withoutPlaces(text, labDir)
  const perNode = namesIn(folder)
    .filter(name => existsSync(join(folder, name, 'server.properties')))
    .map(name => properties(readText(join(folder, name, 'server.properties'))))
  const settings = sorted({
    ...overNodes(perNode, 'server.properties', plain),
    ...overNodes(file.nodes.map(launch), 'JVM', plain),
    ...topics(file.topics),
  })
  const sha256 = createHash('sha256').update(JSON.stringify(settings)).digest('hex')
  return { software: file.software, settings, sha256 }
}

const NOWHERE = '\0'

/** Addresses and folders are a lab's own, and change nothing. */
function withoutPlaces(text: string, labDir: string): string {
  return text
    .replaceAll(labDir === '' ? NOWHERE : labDir, '(lab)')
    .replaceAll(/\b127\.\d+\.\d+\.\d+/g, '(address)')
    .replaceAll(/(^|[\s=:,])\/(?:[^\s=:,/]+\/)+/g, '$1…/')
}

/** One value where all nodes have it; else each, in the order of nodes. */
function overNodes(
  nodes: readonly Readonly<Record<string, string>>[],
  what: string,
  plain: (text: string) => string,
): Record<string, string> {
  const keys = [...new Set(nodes.flatMap(Object.keys))]
  return Object.fromEntries(
    keys.map(key => {
      const values = nodes.map(node => plain(node[key] ?? 'not set'))
      const [first] = values
      const one = first !== undefined && values.every(value => value === first)
      return [`${what} ${key}`, one ? first : values.join(' | ')]
    }),
  )
}

function properties(text: string): Record<string, string> {
  const lines = text.split('\n').filter(line => /^[^#!\s][^=]*=/.test(line))
  return Object.fromEntries(
    lines.map(line => {
      const key = line.slice(0, line.indexOf('=')).trim()
      // Made anew for each lab.
      const value = key.endsWith('cluster.id') ? '(its own)' : line.slice(line.indexOf('=') + 1).trim()
      return [key, value]
    }),
  )
}

/** Flags by their names; what has none stays together. A start script hands on flags from its environment. */
function launch({
  arguments: words,
  environment,
}: ConfigurationFile['nodes'][number]): Record<string, string> {
  const variables = Object.entries(environment).filter(([, value]) => value !== '')
  const isFlags = ([, value]: readonly [string, string]) => value.startsWith('-')
  const all = [...words, ...variables.filter(isFlags).flatMap(([, value]) => value.split(' '))]
  const flags = all.flatMap(flag)
  const rest = all.filter(word => flag(word).length === 0).join(' ')
  return {
    ...Object.fromEntries(flags),
    ...(rest !== '' && { arguments: rest }),
    ...Object.fromEntries(variables.filter(one => !isFlags(one)).map(([name, value]) => [`$${name}`, value])),
  }
}

function flag(word: string): [string, string][] {
  const sized = /^(-Xm[sx])(.+)$/.exec(word)
  if (sized) return [[sized[1] as string, sized[2] as string]]
  const switched = /^-XX:([+-])(\w+)$/.exec(word)
  if (switched) return [[`-XX:${switched[2]}`, switched[1] === '+' ? 'on' : 'off']]
  const valued = /^(-XX:\w+|-D[^=]+|-X\w+|-javaagent)[=:](.*)$/.exec(word)
  if (valued) return [[valued[1] as string, valued[2] as string]]
  return /^-[a-z]\w*$/i.test(word) && word !== '-cp' ? [[word, 'on']] : []
}

function topics(made: ConfigurationFile['topics']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(made).flatMap(([topic, { partitions, replicas, settings }]) =>
      Object.entries({ partitions: String(partitions), replicas: String(replicas), ...settings }).map(
        ([key, value]) => [`topic ${topic}: ${key}`, value],
      ),
    ),
  )
}

const sorted = (settings: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(settings).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
