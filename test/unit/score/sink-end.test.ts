import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SINK_NUMBERS } from '../../../chaos/numbers/sinks.ts'
import type { Judged } from '../../../chaos/numbers/reading.ts'
import { type DrainEnd, readSinkEvidence, writeSinkEvidence } from '../../../chaos/record/sink-evidence.ts'
import { measureSinks } from '../../../chaos/score/sinks.ts'
import { readTimeline } from '../../../chaos/score/timeline.ts'
import { evidenceOf } from './evidence-of.ts'

const TOPIC = 'integration'
const FAILED = 'org.postgresql.util.PSQLException: Connection to database.lab:5432 refused.'
const STORED = [0, 1, 2, 3, 4].map(offset => ({ topic: TOPIC, partition: 0, offset, id: `d1/1/${offset}` }))

describe('a sink that is behind in the end', () => {
  let dir = ''
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'aftershock-sink-end-'))
    mkdirSync(join(dir, 'connectors'))
  })
  afterEach(() => rmSync(dir, { recursive: true }))

  /** Three of five records are committed and rows. */
  async function measure(how: DrainEnd) {
    writeSinkEvidence(dir, [
      { kind: 'header', format: 1, connector: 'rows', mode: 'upsert', topics: [TOPIC], deadLetters: null },
      {
        kind: 'drained',
        t: 0,
        how,
        idleMs: how === 'still' ? 90_000 : 500,
        state: 'RUNNING',
        tasks: [[0, 'FAILED', 21, FAILED]],
      },
      { kind: 'offsets', t: 0, partitions: [[TOPIC, 0, 0, 5, 3]] },
      { kind: 'rows', rows: [0, 1, 2].map(offset => [`d1/1/${offset}`, TOPIC, 0, offset, offset + 1, 1000]) },
    ])
    const { header } = evidenceOf()
    const sink = { name: 'rows', topics: [TOPIC], mode: 'upsert', tasks: 1 }
    const evidence = evidenceOf({
      header: {
        ...header,
        startedAtWallMs: 0,
        drill: { ...header.drill, connectors: { zones: ['az-a'], sinks: [sink] } },
      },
      sinks: {
        sinks: [await readSinkEvidence(dir, 'rows')],
        stored: { file: 'history/stored.jsonl', records: STORED, trouble: null },
        repairs: { idsOf: new Map(), files: [], trouble: null },
      },
    })
    const timeline = {
      ...readTimeline([], { ...evidence.header.drill, timeline: [] }),
      faults: [],
    }
    const sinks = measureSinks(evidence, timeline)
    const judged = { measurements: { sinks, faults: [] } } as unknown as Judged
    return { sinks, reading: SINK_NUMBERS['sink-undelivered-records'].read(judged, {})[0] }
  }

  it('is what nobody delivered, and says which task failed and why', async () => {
    const { sinks, reading } = await measure('still')
    assert.equal(reading?.value, 2)
    const said = reading.proof.find(({ selector }) => selector === '/sinks/0/end/tasks/0')
    assert.equal(said?.value, `task 0 FAILED: ${FAILED}`)
    assert.deepEqual(sinks[0]?.end, {
      how: 'still',
      idleMs: 90_000,
      state: 'RUNNING',
      tasks: [{ id: 0, state: 'FAILED', worker: 21, why: FAILED }],
    })
  })

  it('is no verdict while it still commits: it was only given too little time', async () => {
    const { sinks, reading } = await measure('moving')
    assert.equal(reading?.value, null)
    assert.match(reading.why ?? '', /still committing when its time was over, with 2 records to go/)
    assert.equal(sinks[0]?.missing.value, 0)
  })
})
