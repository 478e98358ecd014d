import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { eachLine } from '../record/json-lines.ts'

/** A line of a broker’s own log that is more than information. */
export interface Said {
  /** Milliseconds of the run. */
  readonly t: number
  readonly node: number
  readonly level: string
  readonly words: string
}

export interface SaidByBrokers {
  /** In the order of time; of many in one second of one broker, the first ones. */
  readonly lines: readonly Said[]
  /** How many there were beside them. */
  readonly more: number
}

/** `[2026-12-01T04:48:34,876Z] WARN …`, as the lab has brokers write. */
const LINE = /^\[(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)[,.](\d{3})Z\] (WARN|ERROR|FATAL) (.+)$/
const MOST_A_SECOND = 4
const MOST_LINES = 600
const MOST_CHARACTERS = 300

/** @param startedAtWallMs the run’s zero */
export async function saidByBrokers(
  runDir: string,
  nodes: readonly { readonly id: number }[],
  { startedAtWallMs, from, to }: { startedAtWallMs: number; from: number; to: number },
): Promise<SaidByBrokers> {
  const all: Said[] = []
  let more = 0
  const inSecond = new Map<string, number>()
  for (const { id } of nodes) {
    const path = join(runDir, 'logs', `broker-${id}.log`)
    if (!existsSync(path)) continue
    await eachLine(path, text => {
      const found = LINE.exec(text)
      if (!found) return
      const [, day = '', time = '', millis = '', level = '', words = ''] = found
      const t = Date.parse(`${day}T${time}.${millis}Z`) - startedAtWallMs
      if (!(t >= from && t <= to)) return
      const key = `${id} ${Math.floor((t - from) / 1000)}`
      const so = (inSecond.get(key) ?? 0) + 1
      inSecond.set(key, so)
      if (so > MOST_A_SECOND || all.length >= MOST_LINES * nodes.length) more += 1
      else all.push({ t, node: id, level, words: words.slice(0, MOST_CHARACTERS) })
    })
  }
  const lines = all.toSorted((a, b) => a.t - b.t || a.node - b.node)
  return { lines: lines.slice(0, MOST_LINES), more: more + Math.max(0, lines.length - MOST_LINES) }
}
