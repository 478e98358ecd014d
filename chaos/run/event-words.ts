import type { Observation } from '../core/observation.ts'
import type { JournalLine } from '../record/journal-events.ts'
import { scopeWords } from '../core/replay-scope.ts'
import { formatBytes, formatDuration, formatSpan } from '../core/units.ts'
import { plural } from '../core/numbers.ts'

/** A journal line as a person would say it; null for lines that only matter to programs. */
export function wordsOf(line: JournalLine): string | null {
  switch (line.kind) {
    case 'fault.intended':
      return `${line.id}: ${line.summary}`
    case 'fault.waiting':
      return `${line.id}: waits, because ${line.why}`
    case 'leaders.moved':
      return line.error === undefined
        ? `${plural(line.moves.length, 'partition')} moved to brokers that led none`
        : `no partition was moved: ${line.error}`
    case 'fault.injected':
      return `${line.id}: injected`
    case 'fault.proven':
      return `${line.id}: effect proven (${few(line.observations)})`
    case 'fault.unproven':
      return `${line.id}: effect NOT proven: ${line.reason}`
    case 'fault.healed':
      return `${line.id}: healed`
    case 'fault.heal-proven':
      return `${line.id}: heal proven (${few(line.observations)})`
    case 'fault.heal-unproven':
      return `${line.id}: heal NOT proven: ${line.reason}`
    case 'node.restarted':
      return `broker ${line.node} ended by itself and was started again by its restart policy`
    case 'node.given-up':
      return `broker ${line.node} ends again and again, and is not started any more`
    case 'action.started':
      return `${line.id}: started${line.summary ? ` (${line.summary})` : ''}`
    case 'action.finished':
      return `${line.id}: ${line.ok ? 'finished' : 'failed'}`
    case 'warm-up.started':
      return `warming up for ${formatDuration(line.forMs)} at full load`
    case 'baseline':
      return `baseline of ${formatDuration(line.forMs)}: ${line.probes.map(one => `${one.probe} ${one.value ?? 'not known'}`).join(', ')}`
    case 'timeline.waiting':
      return `the timeline waits, because ${line.why}`
    case 'steady-state':
      return `steady state ${line.when === 'before' ? 'before' : 'after'} the drill: ${line.verdict}`
    case 'abort':
      if (line.why !== undefined) return `aborted: ${line.why}`
      return `aborted: ${line.probe} is ${line.value} (${line.limit})`
    case 'interrupted':
      return `interrupted by ${line.by}`
    case 'sampler.failed':
      return `${line.sampler}: ${line.error}`
    case 'lab.leftovers':
      return `the lab was not whole (${line.found.length} found: ${line.found.slice(0, 2).join('; ')}${line.found.length > 2 ? '; …' : ''})${line.healed ? '; healed before the run began' : ''}`
    case 'teardown.late':
      return `${line.step} has not ended after ${formatDuration(line.deadlineMs)}, and is left`
    case 'reader.replaced':
      return line.cause === 'crashed'
        ? `reader ${line.reader} lost its connection (${line.why}), and comes back`
        : `reader ${line.reader} is replaced (${line.cause}): ${line.why}`
    case 'reader.resumed':
      return `reader ${line.reader} reads again, after ${formatDuration(line.afterMs)}`
    case 'reader.unread':
      return `reader ${line.reader} went beyond ${line.to - line.from} offsets of ${line.topic}/${line.partition} that it was never given (from ${line.from})`
    case 'replay.requested':
      return `${line.id}: ${line.requester} asks for ${scopeWords(line.scope)}: ${line.reason}`
    case 'replay.approved':
      return `${line.id}: ${line.approver} approves it until ${line.expiresAt}`
    case 'replay.refused':
      return `${line.id}: ${line.rehearsed ? 'refused, as it should be' : 'REFUSED'} (${line.refusal}): ${line.message}`
    case 'replay.admitted':
      return `${line.id}: NOT refused, although it should have been (${line.meant})`
    case 'replay.stated':
      return `${line.id}: ${statementWords(line)}`
    case 'replay.watched':
      return `${line.id}: ${watchedWords(line)}`
    case 'replay.stopped':
      return `${line.id}: stopped: ${line.why}`
    case 'access.asked':
      return `${line.id}: brokers, ${line.when.replace('-', ' ')}, to ${line.principal}: ${answerWords(line.inScope)}; beyond its scope ${answerWords(line.outside)}`
    case 'grant.made':
      return `${line.id}: the right to read is there (${line.rules?.length ?? 'unknown'} rules)`
    case 'grant.removed':
      return `${line.id}: the right to read is gone`
    case 'grant.remains':
      return `${line.id}: the right to read was NOT taken away: ${line.reason}`
    case 'reader.unauthorised':
      return `reader ${line.reader} may not read: ${line.why}`
    case 'cluster.left':
      return line.kept.length === 0 ? null : `NOT deleted in the cluster: ${line.kept.join('; ')}`
    case 'quota.made':
      return `each broker takes ${formatBytes(line.bytesPerSecond)} a second from ${line.client}${line.told ? '' : ', which none of them confirms'}${line.before.length > 0 ? `, and goes first by ${line.before.join(', ')}` : ''}`
    case 'quota.absent':
      return `brokers hold devices to no quota of the run: ${line.why}; devices keep to the same limit by themselves`
    case 'quota.remains':
      return `the quota of ${line.client} was NOT taken away: ${line.why}`
    case 'fleet.drained':
      return `the fleet delivered what it held (${line.buffered} records left)`
    case 'connector.started':
      return `a connector in ${line.zone} writes ${line.topics.join(', ')} to its sink`
    case 'connector.drained':
      return `the sink has ${line.lines} lines for ${line.stored ?? 'an unknown number of'} records${
        line.stored !== null && line.lines < line.stored ? `: ${line.stored - line.lines} are MISSING` : ''
      }`
    case 'processor.started':
      return line.command
        ? `${line.instances.length} instances of ${line.command.join(' ')} run, which promises ${line.guarantee}`
        : `${line.instances.length} instances of the stateful processor run (${line.guarantee}, ${plural(line.standbys, 'standby replica')})`
    case 'processor.drained':
      return `the processor sent ${line.commands ?? '?'} commands, and is ${line.lag ?? '?'} records behind`
    case 'regions.started':
      return `region b has ${plural(line.brokers, 'broker')}, and MirrorMaker ${line.version} copies into it (${line.policy} policy)`
    case 'release.step':
    case 'region.step':
      return `${line.id}: ${line.step} ${line.ok ? 'done' : 'NOT DONE'} after ${formatDuration(line.tookMs)} (${line.proof})`
    case 'regions.kept':
      return `${line.records} records of region b read${line.complete ? '' : ', NOT ALL'}; ${line.checkpoints ?? 'unknown'} checkpoints`
    case 'connectors.started':
      return `${line.workers.length} Connect workers run ${[...line.sinks, ...(line.sources ?? [])].join(', ')}`
    case 'connectors.drained':
      return [
        ...line.sinks.map(
          ({ connector, rows, stored, lag, tasks = [] }) =>
            `${connector} has ${rows ?? '?'} rows for ${stored ?? '?'} offsets${lag === 0 ? '' : `: ${lag ?? '?'} are NOT COMMITTED`}${lag === 0 && tasks.every(task => task === 'RUNNING') ? '' : `, tasks are ${tasks.join(', ') || 'unknown'}`}`,
        ),
        ...(line.sources ?? []).map(
          ({ source, rows, records }) => `${source} has ${records ?? '?'} records for ${rows ?? '?'} rows`,
        ),
      ].join('; ')
    case 'final-read':
      return `${line.records} records in ${line.partitions} partitions read`
    default:
      return null
  }
}

type Stated = Extract<JournalLine, { kind: 'replay.stated' }>

/** What a replay has before it. */
export function statementWords(stated: Omit<Stated, 'kind' | 'id' | 'seq' | 't' | 'at' | 'prev'>): string {
  const { records, gone, unreported } = stated
  if (records === null)
    return `it is not reported what there is to read: ${unreported ?? 'no broker answered'}`
  return `${plural(records, 'offset')} to read${statedWords(stated)}, ${gone} of those asked for are gone`
}

function statedWords({
  bytes,
  expectedSeconds,
  expectedBy = 'limit',
  marginMs,
}: Pick<Stated, 'bytes' | 'expectedSeconds' | 'expectedBy' | 'marginMs'>): string {
  const parts = [
    ...(typeof bytes === 'number' ? [`about ${formatBytes(bytes)}`] : []),
    ...(typeof expectedSeconds === 'number'
      ? [
          expectedBy === 'limit'
            ? `in about ${expectedSeconds} s by its limit`
            : `in no less than ${expectedSeconds} s`,
        ]
      : []),
    ...(typeof marginMs === 'number'
      ? [marginMs > 0 ? `${formatSpan(marginMs)} before retention reaches it` : 'retention has REACHED it']
      : []),
  ]
  return parts.length > 0 ? ` (${parts.join(', ')})` : ''
}

function watchedWords({
  limits,
  liveGroups,
  canary,
}: Extract<JournalLine, { kind: 'replay.watched' }>): string {
  const parts = [
    ...(limits.tailLagSeconds === undefined
      ? []
      : [
          liveGroups.length === 0
            ? 'nobody reads live, as was said'
            : `${liveGroups.join(', ')} may fall behind by ${limits.tailLagSeconds} s`,
        ]),
    ...(limits.produceP99Ms === undefined
      ? []
      : [
          canary === null
            ? 'nobody writes, as was said'
            : `records to ${canary} may take ${limits.produceP99Ms} ms`,
        ]),
  ]
  return parts.length === 0 ? 'the contract has no limits for what it does to others' : parts.join('; ')
}

function answerWords(answers: Readonly<Record<string, string>>): string {
  const words = Object.entries(answers).map(([topic, answer]) => `${topic} ${answer}`)
  return words.join(', ') || 'nothing'
}

function few(observations: readonly Observation[]): string {
  const words = observations
    .slice(0, 2)
    .map(seen => `${seen.what}: ${seen.value}${seen.unit ? ` ${seen.unit}` : ''}`)
  const more = observations.length > 2 ? `; and ${observations.length - 2} more` : ''
  return `${words.join('; ')}${more}`
}
