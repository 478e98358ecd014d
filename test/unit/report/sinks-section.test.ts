import assert from 'node:assert/strict'
import { textOf } from '../../../chaos/page/html.ts'
import { notKnown } from '../../../chaos/record/measured.ts'
import { sinksSection } from '../../../chaos/report/sinks-section.ts'
import type { ReportData } from '../../../chaos/report/report-data.ts'
import { goodSink } from '../score/good-sink.ts'
import { assertText } from '../../inline-text.ts'

const FAULTS = [{ id: 'connect-worker-kill-1' }] as ReportData['measurements']['faults']
const sink = () => goodSink({ faults: FAULTS })

function dataOf(sinks: ReportData['measurements']['sinks']): ReportData {
  return {
    measurements: { sinks },
    samples: { connectors: { rows: [], periodMs: 1000, file: '', trouble: 'the file is missing' } },
  } as unknown as ReportData
}

const render = (data: ReportData) => textOf(sinksSection.body(data))

describe('the section on sinks', () => {
  it('is there only where a run has sinks', () => {
    assert.equal(sinksSection.when?.(dataOf(undefined)), false)
    assert.equal(sinksSection.when?.(dataOf([sink()])), true)
  })

  it('sets every record against every row, and says when rows came again', () => {
    const text = render(dataOf([sink()]))
    assertText(
      text,
      `
      A task that says RUNNING may write nothing for a long time, and a worker that died reads RUNNING for 20 s. So lag and rows are what to look at; the states of tasks stand below them.
      Sinks were not sampled.
      Every record against every row
      A record that is stored twice under one id is one row with upsert: fewer rows than records are no loss by themselves.
      Sink | Stored | Committed | Rows | Dead letters | Not repaired | Missing | Not delivered | Rows again | Same id again | Out of order | Rebalances
      rows (upsert) | 10 | 10 | 10 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0
      Under each fault
      Times count from the proven effect. Between RUNNING and the first row a partition waits for a session to end, or for a retry.
      Fault | Sink | Committed before | And after | Every task RUNNING after | Every partition had a new row after | The last of them | Most rows in a second | Rebalances
      connect-worker-kill-1 | rows | 4 | 10 | 4 s | 21 s | integration/0 | 800 | 0
      connectors/rows.jsonl · history/stored.jsonl · samples/connectors.jsonl → measurements.json /sinks
      `,
    )
  })

  it('says of a sink that is behind which task failed, and why', () => {
    const why = 'PSQLException: Connection refused'
    const behind = sink()
    behind.end = {
      how: 'still',
      idleMs: 90_000,
      state: 'RUNNING',
      tasks: [{ id: 0, state: 'FAILED', worker: 21, why }],
    }
    const text = render(dataOf([behind]))
    assertText(
      text,
      `
      A task that says RUNNING may write nothing for a long time, and a worker that died reads RUNNING for 20 s. So lag and rows are what to look at; the states of tasks stand below them.
      Sinks were not sampled.
      Every record against every row
      A record that is stored twice under one id is one row with upsert: fewer rows than records are no loss by themselves.
      Sink | Stored | Committed | Rows | Dead letters | Not repaired | Missing | Not delivered | Rows again | Same id again | Out of order | Rebalances
      rows (upsert) | 10 | 10 | 10 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0
      Where rows stood in the end
      It was behind, and had committed nothing more for 90 s. The connector itself read RUNNING.
      Task | State | Worker | Why
      0 | FAILED | 21 | PSQLException: Connection refused
      Under each fault
      Times count from the proven effect. Between RUNNING and the first row a partition waits for a session to end, or for a retry.
      Fault | Sink | Committed before | And after | Every task RUNNING after | Every partition had a new row after | The last of them | Most rows in a second | Rebalances
      connect-worker-kill-1 | rows | 4 | 10 | 4 s | 21 s | integration/0 | 800 | 0
      connectors/rows.jsonl · history/stored.jsonl · samples/connectors.jsonl → measurements.json /sinks
      `,
    )
    // Another task has done its part: what is left of the sink is told all the same.
    behind.end = { ...behind.end, how: 'caught-up' }
    assert.match(render(dataOf([behind])), /by those of its tasks that were left.*0 \| FAILED/s)
    behind.end = { ...behind.end, tasks: [{ id: 0, state: 'RUNNING', worker: 21, why: '' }] }
    assert.doesNotMatch(render(dataOf([behind])), /in the end/)
  })

  it('names where to look first, and never shows a zero for what is not known', () => {
    const broken = sink()
    broken.examples.missing.push({ topic: 'integration', partition: 2, offset: 41, id: 'd7/1/9' })
    broken.missing = notKnown('planted')
    const text = render(dataOf([broken]))
    assertText(
      text,
      `
      A task that says RUNNING may write nothing for a long time, and a worker that died reads RUNNING for 20 s. So lag and rows are what to look at; the states of tasks stand below them.
      Sinks were not sampled.
      Every record against every row
      A record that is stored twice under one id is one row with upsert: fewer rows than records are no loss by themselves.
      Sink | Stored | Committed | Rows | Dead letters | Not repaired | Missing | Not delivered | Rows again | Same id again | Out of order | Rebalances
      rows (upsert) | 10 | 10 | 10 | 0 | 0 | not measured | 0 | 0 | 0 | 0 | 0
      rows, committed and neither a row nor a dead letter: integration/2 offset 41 (d7/1/9)
      Under each fault
      Times count from the proven effect. Between RUNNING and the first row a partition waits for a session to end, or for a retry.
      Fault | Sink | Committed before | And after | Every task RUNNING after | Every partition had a new row after | The last of them | Most rows in a second | Rebalances
      connect-worker-kill-1 | rows | 4 | 10 | 4 s | 21 s | integration/0 | 800 | 0
      connectors/rows.jsonl · history/stored.jsonl · samples/connectors.jsonl → measurements.json /sinks
      `,
    )
  })
})
