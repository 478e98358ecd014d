import { join } from 'node:path'
import type { JournalReading } from '../record/journal-reader.ts'
import { missingShards } from '../record/expected-shards.ts'
import { boundsLine, shardHeader } from '../record/history.ts'
import { eachLine, parseLine } from '../record/json-lines.ts'
import { type FileFacts, isShard } from '../seal/inventory.ts'
import { endOf } from '../seal/statement.ts'
import type { Findings } from './verify-findings.ts'
import { lastOf, type RunState } from './verify-journal.ts'

/**
 * Every shard against its own end line, and all of them against the journal: who wrote, and is anyone's
 * history missing? Of a run that completed, a hole is a problem. One that was cut down has holes by nature:
 * they are told, and its verdict cannot be a pass.
 */
export async function verifyHistories(
  dir: string,
  facts: readonly FileFacts[],
  journal: JournalReading,
  state: RunState,
  findings: Findings,
): Promise<readonly string[]> {
  const incomplete: string[] = []
  const hole: Hole = (file, what) => {
    incomplete.push(`${file} ${what}`)
    if (state === 'completed') findings.problem('histories', what, { file })
  }
  const shards = facts.filter(({ name }) => isShard(name)).map(file => readShard(file, hole, findings))
  expectShards(shards, journal, hole)
  for (const { file, role, lines } of shards) {
    if (role === 'final-read' && !(await hasBounds(join(dir, file), lines))) {
      hole(file, 'has no bounds: how far the stored logs went is unknown')
    }
  }
  const count = `${shards.length} shards`
  findings.passed(
    'histories',
    incomplete.length === 0
      ? `${count}, each with its own count and digest; nobody’s is missing`
      : `${count}; of a run that did not complete, ${incomplete.length} holes are told`,
  )
  return incomplete
}

type Hole = (file: string, what: string) => void

interface Shard {
  readonly file: string
  readonly process: string
  readonly role: string
  readonly lines: number
}

function readShard({ name, shape, shard }: FileFacts, hole: Hole, findings: Findings): Shard {
  const header = shardHeader.safeParse(parseLine(shard?.firstLine ?? ''))
  const lines = shape?.lines ?? 0
  const { process, role } = header.success ? header.data : { process: '', role: '' }
  if (!header.success) hole(name, 'has no header: whose history it is is unknown')
  const end = shape?.torn === false ? endOf(shard?.lastLine ?? '') : null
  if (!end) hole(name, 'has no end line: it was cut short')
  else {
    if (end.lines !== lines - 1) {
      const what = `ends after ${lines - 1} lines and says that there were ${end.lines}`
      findings.problem('histories', what, { file: name, line: lines })
    }
    if (end.sha256 === null) hole(name, 'has an end line without a digest')
    else if (end.sha256 !== shard?.sha256BeforeLast) {
      findings.problem('histories', 'is not what its end line has the digest of', { file: name, line: lines })
    }
  }
  return { file: name, process, role, lines }
}

function expectShards(shards: readonly Shard[], journal: JournalReading, hole: Hole): void {
  const has = (role: string) => shards.some(shard => shard.role === role)
  if (!lastOf(journal, 'fleet.started')) hole('journal.jsonl', 'does not say which gateways there were')
  for (const { process, because } of missingShards(
    journal.events.map(({ event }) => event),
    shards,
  ))
    hole(`history/${process}.jsonl`, `is missing: ${because}`)
  // The journal of one that ended early does not say that it had begun.
  if (!lastOf(journal, 'timeline.started') && !has('tail'))
    hole('history/', 'has no shard of the tail consumer')
  const replayed = journal.events.some(
    ({ event }) => event.kind === 'action.started' && event.action === 'replay',
  )
  if (replayed && !has('recovery')) {
    hole('history/', 'has no shard of the recovery consumer, and there was a replay')
  }
  if (!has('final-read')) hole('history/', 'has no final read: what is stored is not known')
}

async function hasBounds(path: string, lines: number): Promise<boolean> {
  let found = false
  await eachLine(path, (text, number) => {
    if (found || number === lines || !text.includes('"bounds"')) return
    const line = boundsLine.safeParse(parseLine(text))
    found = line.success && line.data.partitions.length > 0
  })
  return found
}
