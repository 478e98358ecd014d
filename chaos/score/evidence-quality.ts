import { gatesRestingOn } from '../numbers/index.ts'
import { usesObjectStore } from '../platforms/index.ts'
import { missingShards } from '../record/expected-shards.ts'
import type { Series } from '../record/series.ts'
import type { Evidence } from './evidence.ts'
import type { Trouble } from '../record/measurements.ts'
import type { RunTimeline } from './timeline.ts'

/** NTP slews a clock by at most 0.5 ms a second; more than this within a run is a step. */
const CLOCK_STEP_MS = 500

/** Three missed samples in a row are a hole worth naming. */
const HOLE_PERIODS = 3

/** Everything that makes the evidence of a run less than whole, each by name. */
export function findTroubles(evidence: Evidence, timeline: RunTimeline): Trouble[] {
  return [
    ...journalTroubles(evidence, timeline),
    ...clockTroubles(evidence),
    ...shardTroubles(evidence),
    ...seriesTroubles(evidence.fleet, gatesRestingOn('fleet')),
    ...seriesTroubles(evidence.cluster, gatesRestingOn('cluster')),
    ...seriesTroubles(evidence.links, gatesRestingOn('links')),
    ...consumerTroubles(evidence),
    ...seriesTroubles(evidence.nodes, []),
    ...storeTroubles(evidence),
    ...(evidence.header.drill.connector ? seriesTroubles(evidence.connector, []) : []),
    ...sinkTroubles(evidence),
    ...(evidence.header.drill.processor ? seriesTroubles(evidence.processorSamples, []) : []),
  ]
}

/** Of several sinks, one after the other: a hole is one of each. */
function sinkTroubles({ header, connectors }: Evidence): Trouble[] {
  return (header.drill.connectors?.sinks ?? []).flatMap(({ name }) =>
    seriesTroubles({ ...connectors, rows: connectors.rows.filter(row => row.connector === name) }, []),
  )
}

/** Counts of requests only grow, so a hole in them hides when and not how many: no gate rests on it. */
function storeTroubles({ header, objectStore }: Evidence): Trouble[] {
  const { platform } = header
  return usesObjectStore(platform) ? seriesTroubles(objectStore, []) : []
}

function journalTroubles({ journal }: Evidence, timeline: RunTimeline): Trouble[] {
  const troubles: Trouble[] = []
  const add = (what: string, detail: string, effect: Trouble['effect']) =>
    troubles.push({ what, detail, file: 'journal.jsonl', effect, gates: [] })
  if (journal.broken) {
    add('journal chain broken', `line ${journal.broken.line}: ${journal.broken.reason}`, 'untrusted')
  }
  if (journal.skipped.length > 0) {
    add('journal has unknown events', `lines ${journal.skipped.join(', ')}`, 'noted')
  }
  if (timeline.outcome === null) add('run has no end', 'no run.finished is in the journal', 'partial')
  else if (timeline.outcome !== 'completed') add(`run ${timeline.outcome}`, runError(journal), 'partial')
  for (const { event, line } of journal.events) {
    if (event.kind === 'sampler.failed') {
      add(`sampler ${event.sampler} failed`, `line ${line}: ${event.error}`, 'noted')
    }
    if (event.kind === 'lab.leftovers') {
      const healed = event.healed ? 'healed before the run began' : 'not healed'
      add('lab was not whole', `line ${line}: ${healed}: ${event.found.join('; ')}`, 'noted')
    }
    if (event.kind === 'teardown.late')
      add('end was late', `line ${line}: ${event.step} took more than ${event.deadlineMs / 1000} s`, 'noted')
    if (event.kind === 'final-read' && !event.complete) {
      add('final read incomplete', `line ${line}: not every partition was read whole`, 'noted')
    }
  }
  return troubles
}

/** Every line carries the time twice, on a clock that never goes back and on the wall's: a step parts them. */
function clockTroubles({ journal }: Evidence): Trouble[] {
  const offsets = journal.events.map(({ event, line }) => ({ line, ms: Date.parse(event.at) - event.t }))
  const first = offsets[0]
  const jumped = first && offsets.find(({ ms }) => Math.abs(ms - first.ms) > CLOCK_STEP_MS)
  if (!first || !jumped) return []
  const detail = `by ${jumped.ms - first.ms} ms before line ${jumped.line}`
  return [
    {
      what: 'clock jumped',
      detail,
      file: 'journal.jsonl',
      effect: 'partial',
      gates: gatesRestingOn('wall-clock'),
    },
  ]
}

function runError({ events }: Evidence['journal']): string {
  const abort = events.find(({ event }) => event.kind === 'abort')?.event
  if (abort?.kind === 'abort')
    return abort.why ?? `${abort.probe} was ${abort.value ?? 'unknown'}; the limit was ${abort.limit}`
  const finished = events.find(({ event }) => event.kind === 'run.finished')?.event
  return finished?.kind === 'run.finished' ? (finished.error ?? 'no error is given') : 'no error is given'
}

function shardTroubles({ journal, shards }: Evidence): Trouble[] {
  const started = journal.events.find(({ event }) => event.kind === 'fleet.started')?.event
  const missing = missingShards(
    journal.events.map(({ event }) => event),
    shards,
  ).map(({ role, process, because }) => ({
    what: 'history shard missing',
    detail: role === 'gateway' ? `gateway ${process} wrote no history` : `${process} wrote none: ${because}`,
    file: `history/${process}.jsonl`,
    effect: 'partial' as const,
    gates: gatesRestingOn('histories'),
  }))
  const unknownFleet = started
    ? []
    : [
        {
          what: 'fleet unknown',
          detail: 'the journal does not list the gateways',
          file: 'journal.jsonl',
          effect: 'partial' as const,
          gates: gatesRestingOn('histories'),
        },
      ]
  const torn = shards.flatMap(shard =>
    shard.trouble === null
      ? []
      : [
          {
            what: 'history shard incomplete',
            detail: shard.trouble,
            file: shard.file,
            // The auditor says for itself what a reader's shard means for its findings.
            effect:
              shard.role === 'gateway' || shard.role === 'unknown'
                ? ('partial' as const)
                : ('noted' as const),
            gates: gatesRestingOn('histories'),
          },
        ],
  )
  return [...unknownFleet, ...missing, ...torn]
}

/** Holes are noted: whether a number rests on the hidden moment is decided where it is measured. */
function seriesTroubles(
  series: Pick<Series<{ t: number }>, 'file' | 'periodMs' | 'rows' | 'trouble'>,
  gates: readonly string[],
): Trouble[] {
  const { file, periodMs, rows } = series
  const troubles: Trouble[] = []
  if (series.trouble !== null) {
    troubles.push({
      what: 'samples not whole',
      detail: series.trouble,
      file,
      effect: 'noted',
      gates: [...gates],
    })
  }
  const holes = rows.flatMap((row, index) => {
    const previous = rows[index - 1]
    return previous && row.t - previous.t > HOLE_PERIODS * periodMs
      ? [{ line: row.line, at: previous.t, ms: row.t - previous.t }]
      : []
  })
  const longest = holes.toSorted((a, b) => b.ms - a.ms)[0]
  if (longest) {
    troubles.push({
      what: 'holes in samples',
      detail:
        `${holes.length} of more than ${HOLE_PERIODS * periodMs} ms; ` +
        `the longest, ${longest.ms} ms, ends at line ${longest.line}`,
      file,
      effect: 'noted',
      gates: [...gates],
    })
  }
  return troubles
}

function consumerTroubles({ consumers }: Evidence): Trouble[] {
  const tail = consumers.rows.filter(row => row.consumer === 'tail')
  return seriesTroubles({ ...consumers, rows: tail }, gatesRestingOn('consumers'))
}

/** What is wrong with the evidence that one gate rests on; an empty `gates` concerns every gate. */
export function troublesOf(troubles: readonly Trouble[], gate: string): readonly Trouble[] {
  return troubles.filter(
    trouble => trouble.effect !== 'noted' && (trouble.gates.length === 0 || trouble.gates.includes(gate)),
  )
}
