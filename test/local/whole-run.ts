import assert from 'node:assert/strict'
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'mocha'
import { EXIT } from '../../chaos/core/exit-codes.ts'
import type { HistoryLine } from '../../chaos/record/history.ts'
import type { LinkTotals } from '../../chaos/record/samples.ts'
import { aftershock, journalOf, type Workplace } from './program.ts'

type PollRun = Extract<HistoryLine, { kind: 'poll' }>['runs'][number]

/** What the folder of each run has, of one fault and one replay on Kafka, and what becomes of it when it is changed. */
export function keepsWhatEachRunKeeps(place: () => Workplace, runDir: () => string): void {
  it('leaves every file that a run has', () => {
    const files = [
      'run.json',
      'journal.jsonl',
      'audit.json',
      'measurements.json',
      'scorecard.json',
      'report.html',
      'bundle.json',
      'config/configuration.json',
      'config/node-3/server.properties',
    ]
    const samples = ['cluster', 'consumers', 'fleet', 'machine', 'nodes'].map(name => `samples/${name}.jsonl`)
    const history = ['gw-az-a-1', 'gw-az-b-1', 'gw-az-c-1', 'tail', 'recovery', 'stored'].map(
      name => `history/${name}.jsonl`,
    )
    const logs = ['broker-1', 'broker-2', 'broker-3', 'toxiproxy'].map(name => `logs/${name}.log`)
    const missing = [...files, ...samples, ...history, ...logs].filter(
      file => !existsSync(join(runDir(), file)),
    )
    assert.deepEqual(missing, [])
  })

  it('journals the life of the fault in order, between two proofs of the steady state', () => {
    const wanted = [
      'steady-state',
      'timeline.started',
      'fault.intended',
      'fault.injected',
      'fault.proven',
      'fault.healed',
      'fault.heal-proven',
      'action.started',
      'action.finished',
      'steady-state',
      'timeline.ended',
      'final-read',
      'run.finished',
    ]
    const kinds = journalOf(runDir())
      .map(line => line.kind)
      .filter(kind => wanted.includes(kind))
    assert.deepEqual(kinds, wanted)
  })

  it('meters every link twice, and both meters agree where data flowed', function () {
    const totals = JSON.parse(
      readFileSync(join(runDir(), 'samples', 'link-totals.json'), 'utf8'),
    ) as LinkTotals
    assert.ok(totals.exact, 'Toxiproxy counts on every platform')
    if (!totals.live) this.skip()
    for (const [link, [, exactBack]] of Object.entries(totals.exact)) {
      const liveBack = totals.live[link]?.[1] ?? 0
      if (!link.endsWith('replication') || exactBack < 1_000_000) continue
      assert.ok(
        Math.abs(liveBack - exactBack) / exactBack < 0.05,
        `${link}: ${liveBack} live, ${exactBack} exact`,
      )
    }
  })

  it('verifies, and reaches the same verdict from the raw evidence', async () => {
    const program = aftershock(place(), 'verify', runDir())
    assert.equal(await program.exit, EXIT.pass, program.output().stdout + program.output().stderr)
  })

  it('fails the audit when a record is taken out of what is stored', async () => {
    const copy = join(place().dir, 'robbed')
    cpSync(runDir(), copy, { recursive: true })
    const robbed = removeOneStoredRecord(join(copy, 'history', 'stored.jsonl'))
    const program = aftershock(place(), 'audit', copy, '--json')
    assert.equal(await program.exit, EXIT.fail, program.output().stderr)
    const audit = JSON.parse(program.output().stdout) as { anomalies: Record<string, { values: string[] }[]> }
    const lost = audit.anomalies['lost-write']?.flatMap(example => example.values) ?? []
    assert.ok(lost.includes(robbed), `${robbed} is not among ${lost.join(', ')}`)
    const verify = aftershock(place(), 'verify', copy)
    assert.equal(await verify.exit, EXIT.unverified)
    assert.match(verify.output().stdout + verify.output().stderr, /stored\.jsonl/)
  })
}

/** Splits a run of records around its second one, which is left out; returns that one's id. */
function removeOneStoredRecord(path: string): string {
  const lines = readFileSync(path, 'utf8').split('\n')
  const index = lines.findIndex(
    line => line.includes('"poll"') && (JSON.parse(line).runs as PollRun[]).some(run => run[3].length > 2),
  )
  const poll = JSON.parse(lines[index] as string) as { runs: PollRun[] }
  const at = poll.runs.findIndex(run => run[3].length > 2)
  const [topic, partition, first, records] = poll.runs[at] as PollRun
  poll.runs.splice(
    at,
    1,
    [topic, partition, first, records.slice(0, 1)],
    [topic, partition, first + 2, records.slice(2)],
  )
  lines[index] = JSON.stringify(poll)
  writeFileSync(path, lines.join('\n'))
  return records[1] as string
}
