/**
 * What a platform must be ready for, one entry for each row of a scorecard. `risk` says what even a pass
 * does not show; it is printed on every row, because a reader who is not told will assume more.
 */
export interface Dimension {
  readonly title: string
  readonly failure: string
  readonly expected: string
  readonly risk: string
  /** Shown even when the drill does not exercise it: a platform is not ready without it. */
  readonly always?: true
}

export const DIMENSIONS: Readonly<Record<string, Dimension>> = {
  'second-outage': {
    title: 'No second outage',
    failure:
      'What follows a fault takes the service down anew: catch-up, leaders moving back, reconnects, a replay.',
    expected: 'Once a fault is healed, service does not stop again.',
    risk: 'One run shows one recovery; repeat the drill, and with more load.',
  },
  service: {
    title: 'Service when nothing is broken',
    failure: 'A partition cannot be written although nothing is broken, or never again after a fault.',
    expected: 'Nobody is without service for 3 s but through a fault, and everybody is served in the end.',
    risk: 'Only what the fleet writes was watched: partitions without devices may have refused others.',
  },
  'broker-loss': {
    title: 'Loss of a broker',
    failure: 'A broker dies, stops or hangs.',
    expected: 'Other brokers take over its partitions, and it comes back in sync.',
    risk: 'A killed process is not a power loss: what the page cache held was still written.',
  },
  'broker-replacement': {
    title: 'Replacement of a broker',
    failure: 'A broker is lost with its disk and comes back empty.',
    expected: 'It copies what it must hold, and service goes on meanwhile.',
    risk: 'The history was minutes long: the time to copy grows with what brokers keep.',
    always: true,
  },
  'zone-loss': {
    title: 'Loss of a zone',
    failure: 'A zone is cut off from the others.',
    expected: 'Clients outside it keep writing; it catches up when it is back.',
    risk: 'All zones were on one machine: its CPU, clock and disk failed for none of them.',
  },
  'region-loss': {
    title: 'Loss of a region',
    failure: 'Nobody reaches a region any more, and devices and consumers go to another one.',
    expected:
      'What is lost, repeated and read again there stays within what was promised, and so does the time.',
    risk: 'The other region was a smaller cluster on the same machine; capacity, names and people of a real one were not tested.',
  },
  'region-mirror': {
    title: 'The mirror between two regions',
    failure: 'The mirror into the other region is killed or paused, or its links are slow or narrow.',
    expected: 'It catches up when it is back, and copies nothing twice.',
    risk: 'The mirror was one worker: the end of one of several was not tested.',
  },
  migration: {
    title: 'Migration to another cluster, and the way back',
    failure: 'A migration cannot be completed, or cannot be undone.',
    expected: 'Every step is completed and proven, there and back.',
    risk: 'The other cluster was smaller and on the same machine; what people do besides was not tested.',
  },
  'slow-link': {
    title: 'Slow or lossy links',
    failure: 'Links between zones are delayed, narrowed or reset.',
    expected: 'Writes slow down by what the link costs and do not stop.',
    risk: 'Delay and width were set by a proxy: packet loss and reordering were not tested.',
  },
  hook: {
    title: 'What its owner broke',
    failure: 'Commands of the drill’s author break something that only its owner can break.',
    expected: 'Service comes back and stays, and nothing that was acknowledged is lost.',
    risk: 'Whether it was broken and mended rests on what a command of the author’s says.',
  },
  'object-store': {
    title: 'Trouble with the object store',
    failure: 'The object store is out of reach, slow, or refuses requests.',
    expected:
      'Where it keeps the history, devices do not notice; where it keeps every record, they wait and lose nothing.',
    risk: 'The store was one process on this machine: a store of a region fails in parts, and throttles by prefix.',
  },
  'device-reconnect-storm': {
    title: 'Reconnect storm of devices',
    failure: 'Many devices lose their gateway at once and come back together.',
    expected: 'They are back without a load that breaks the platform again.',
    risk: 'Sessions were simulated in one process: TLS handshakes and authentication cost what the drill says, or nothing.',
    always: true,
  },
  'wrong-devices': {
    title: 'Devices that are wrong',
    failure: 'A device sends what brokers refuse or consumers cannot use, and others pay for it.',
    expected: 'Healthy devices are served and named, and what the wrong ones sent is told apart.',
    risk: 'Wrong firmware does here what the drill says: what other firmware may do was not tested.',
  },
  'oldest-offset-replay': {
    title: 'Replay from the oldest offset',
    failure: 'A consumer reads the whole history while devices keep sending.',
    expected: 'Everything is read, and live traffic does not notice.',
    risk: 'The history was minutes long and mostly in memory: cold reads of days were not tested.',
    always: true,
  },
  'windowed-replay': {
    title: 'Replay of a part of the history',
    failure: 'A consumer reads some topics, or from an offset or a time on, while devices keep sending.',
    expected: 'All of that part is read, and live traffic does not notice.',
    risk: 'It shows nothing of the rest of the history, nor of what a replay of all of it would do to others.',
  },
  latency: {
    title: 'Latency',
    failure: 'Devices wait for acknowledgements longer than was promised.',
    expected: 'The slowest one in a hundred is acknowledged in time, and none is left waiting.',
    risk: 'A percentile says nothing of the slowest: with many devices some of them always see worse.',
  },
  'operator-steps': {
    title: 'Steps that people take',
    failure: 'Recovery waits for a person or a script, and what they do does not work or takes too long.',
    expected: 'Each step is done within its time.',
    risk: 'A drill is announced: nobody was woken up for it.',
  },
  durability: {
    title: 'Durability',
    failure: 'Brokers acknowledge records and lose them; devices run out of buffer.',
    expected: 'What was acknowledged is stored, and what failed is not.',
    risk: 'It is about what acks=all promises: with acks=1 an isolated leader acknowledges what it then loses.',
  },
  'consumer-groups': {
    title: 'Consumer groups',
    failure: 'A group begins after what it had committed, or its commits are lost or run ahead of it.',
    expected: 'Each group is given all that is stored, and goes on where it had committed.',
    risk: 'One group of one client was watched: cooperative rebalances of many were not tested.',
  },
  order: {
    title: 'Order and repetition',
    failure: 'Retries after a fault repeat or reorder the records of a device.',
    expected: 'Each device’s records are stored in its order, without holes.',
    risk: 'One request was in flight per partition; pipelined or transactional producers were not tested.',
  },
  'connector-restart': {
    title: 'Restart of connectors',
    failure: 'A connector dies between writing to its sink and committing its offset.',
    expected: 'It resumes without loss, and the sink fences repeats.',
    risk: 'The database had no other load and did not flush to its disk; more rows than a drill writes take longer to catch up.',
    always: true,
  },
  'stateful-processor': {
    title: 'Rebuild of a stateful processor',
    failure: 'A processor loses its process or its state, and does again what it had done, or less.',
    expected: 'Its state is rebuilt to what the stored records say, and no device gets a command twice.',
    risk: 'The state was minutes of changes: the time to rebuild grows with what a changelog holds.',
  },
  governance: {
    title: 'Governance of replays',
    failure: 'Somebody replays data without the approval, window or fencing that its contract asks for.',
    expected: 'The replay is refused until the contract is met.',
    risk: 'People and their keys were made for the run: whether those whom the contract names would have agreed was not tested.',
    always: true,
  },
  rollback: {
    title: 'Rollback',
    failure: 'What the drill changed is not undone.',
    expected: 'Every fault is healed, and a probe that does not trust the healing sees it.',
    risk: 'Only the drill’s own faults were undone: going back from an upgrade or a schema was not tested.',
    always: true,
  },
  'fault-proof': {
    title: 'The faults were real',
    failure: 'An injection has no effect, or nobody runs into it, and the drill tests nothing.',
    expected:
      'An independent probe sees the effect of every fault, and requests of the platform meet those of the object store.',
    risk: 'A probe sees what it asks for: side effects beyond it were not looked for.',
  },
  'steady-state': {
    title: 'Steady state',
    failure: 'The platform was not well before the drill, or is not well after it.',
    expected: 'The same conditions hold before the first fault and after the last.',
    risk: 'The conditions were watched for seconds: slow leaks need longer.',
  },
  audit: {
    title: 'Audit',
    failure: 'What is stored differs from what clients were told.',
    expected: 'Every operation of every client fits with what is stored.',
    risk: 'The fleet’s own records were audited; records of other producers were not.',
  },
  evidence: {
    title: 'Evidence',
    failure: 'Part of the evidence is missing, stale or altered.',
    expected: 'The journal’s chain, every history and every series of samples are whole.',
    risk: 'Evidence and load came from one machine: both share its pauses.',
  },
}

/** The order of rows: what was tested first, the ground that it stands on last. */
export const DIMENSION_ORDER: readonly string[] = Object.keys(DIMENSIONS)

/** What the producers of a run asked of brokers, and whether it upgrades them. */
export interface Risked {
  readonly fleet: { readonly acks: 'all' | 1; readonly idempotent: boolean }
  readonly upgrade?: unknown
}

/** What even a pass of a run does not show, which depends on what its producers were and what it changed. */
export function riskOf(name: string, { fleet: { acks, idempotent }, upgrade }: Risked): string {
  const { risk } = dimension(name)
  if (name === 'rollback' && upgrade !== undefined) return UPGRADED
  if (name === 'durability' && acks === 1) return LEADER_ALONE
  if (!idempotent) return risk
  if (name === 'order') return REPEATS_OF_ONE_PRODUCER
  return name === 'service' || name === 'second-outage' ? `${risk} ${SLOW_BEGINNING}` : risk
}
const LEADER_ALONE =
  'It is about what acks=1 promises, the word of a leader alone: what acks=all would have kept was not tested.'
const REPEATS_OF_ONE_PRODUCER =
  'Brokers know repeats of one producer only, and each failed request was sent again by a new one, one at a time; pipelined or transactional producers were not tested.'
const UPGRADED =
  'Three brokers with minutes of history were upgraded by changing their jars: settings that a release takes away, clients of other versions and what grows with days of data were not tested.'
const SLOW_BEGINNING =
  'Idempotent producers of kafkajs begin only while every partition has a leader: they may have made an outage longer.'

/** A dimension that only a drill knows gets a plain entry of its own. */
export function dimension(name: string): Dimension {
  return (
    DIMENSIONS[name] ?? {
      title: (name.charAt(0).toUpperCase() + name.slice(1)).replaceAll('-', ' '),
      failure: 'As the drill says.',
      expected: 'The drill’s gates hold.',
      risk: 'Nothing beyond the drill’s gates was looked at.',
    }
  )
}
