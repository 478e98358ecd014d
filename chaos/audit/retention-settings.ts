import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { namesIn, readText } from '../record/bounded-files.ts'
import { parseLine } from '../record/json-lines.ts'
import { CONFIGURATION_FILE, runConfiguration } from '../record/run-configuration.ts'

/** When a record of a topic must be gone. */
export interface RetentionSettings {
  readonly retentionMs: number
  /** A segment takes no more records after so long, or so many bytes. */
  readonly closesAfterMs: number
  readonly closesAfterBytes: number
  /** How long brokers may take from then on: until they look, after a restart too. */
  readonly slackMs: number
}

/** The part that says when records are due to go. */
const topicSettings = z.object({
  topics: z.record(z.string(), runConfiguration.shape.topics.valueType.pick({ settings: true })),
})

/** Kafka's, where a node's file does not say. */
const DEFAULTS = {
  'log.retention.check.interval.ms': 300_000,
  'log.initial.task.delay.ms': 30_000,
  'remote.log.manager.task.interval.ms': 30_000,
  'log.segment.bytes': 1_073_741_824,
  'log.roll.hours': 168,
} as const
/** A machine that is busy looks late, and clocks of a fleet are never quite alike. */
const MARGIN_MS = 60_000
const HOUR_MS = 3_600_000

type Setting = keyof typeof DEFAULTS | 'log.roll.ms'

/**
 * By topic, from a run's `config/`; only those whose records go by age, as their senders stamp it. null: the run does not
 * say how its topics and brokers were configured.
 */
export function readRetentionSettings(runDir: string): ReadonlyMap<string, RetentionSettings> | null {
  const folder = join(runDir, 'config')
  const file = join(runDir, CONFIGURATION_FILE)
  if (!existsSync(file)) return null
  const parsed = topicSettings.safeParse(parseLine(readText(file)))
  const nodes = namesIn(folder)
    .map(name => join(folder, name, 'server.properties'))
    .filter(path => existsSync(path))
    .map(path => readText(path))
  if (!parsed.success || nodes.length === 0) return null
  const topics = Object.entries(parsed.data.topics).flatMap(([topic, { settings }]) => {
    const found = settingsOf(settings, key => mostOf(nodes, key))
    return found ? [[topic, found] as const] : []
  })
  return new Map(topics)
}

function settingsOf(
  topic: Readonly<Record<string, string>>,
  most: (key: Setting) => number,
): RetentionSettings | null {
  const retentionMs = Number(topic['retention.ms'] ?? Number.NaN)
  const deletes = topic['cleanup.policy']?.includes('delete') ?? true
  if (!(retentionMs >= 0) || !deletes || topic['message.timestamp.type'] === 'LogAppendTime') return null
  const rollMs = Number.isFinite(most('log.roll.ms')) ? most('log.roll.ms') : most('log.roll.hours') * HOUR_MS
  return {
    retentionMs,
    closesAfterMs: Number(topic['segment.ms'] ?? rollMs),
    closesAfterBytes: Number(topic['segment.bytes'] ?? most('log.segment.bytes')),
    slackMs:
      most('log.retention.check.interval.ms') +
      most('log.initial.task.delay.ms') +
      (topic['remote.storage.enable'] === 'true' ? most('remote.log.manager.task.interval.ms') : 0) +
      MARGIN_MS,
  }
}

/** The longest of any node, so that none is accused too soon. NaN: neither a node nor Kafka has one. */
function mostOf(nodes: readonly string[], key: Setting): number {
  const fallback = key === 'log.roll.ms' ? Number.NaN : DEFAULTS[key]
  const values = nodes.map(text => {
    const line = text.split('\n').find(one => one.startsWith(`${key}=`))
    return line === undefined ? fallback : Number(line.slice(key.length + 1))
  })
  return Math.max(...values)
}
