/** A folder with its line in the map of CONTRIBUTING.md. */
export interface Room {
  /** From the root of the repository, with a `/` at its end. */
  readonly path: string
  readonly holds: string
}

/** From what people type to what is true in the field; then what is beside the product. */
export const ROOMS: readonly Room[] = [
  { path: 'chaos/commands/', holds: 'one file a command: parse, call, print' },
  { path: 'chaos/doctor/', holds: 'what this machine has and lacks' },
  { path: 'chaos/gameday/', holds: 'a calendar of game days, who approves one, and what came of it' },
  { path: 'chaos/readiness/', holds: 'six gates over a contract, a workload and the newest runs' },
  {
    path: 'chaos/compatibility/',
    holds: 'one file a line of what clients need of a platform, tried by clients in three languages',
  },
  { path: 'chaos/governance/', holds: 'a contract against itself and a live cluster' },
  { path: 'chaos/runs/', holds: 'runs kept in a folder: list, difference, trend, repetition' },
  { path: 'chaos/export/', holds: 'a run in formats of others: CSV, OpenMetrics, OTLP, Parquet, Jepsen' },
  { path: 'chaos/compare/', holds: 'runs side by side: perform, fairness, numbers, page' },
  { path: 'chaos/judge/', holds: 'audit, score, price, report and seal a run; judge a sealed one again' },
  { path: 'chaos/live/', holds: 'a run that goes on, as a page of this machine' },
  { path: 'chaos/run/', holds: 'the conductor: timeline, a fault’s life, steady state, guardian, heal' },
  { path: 'chaos/report/', holds: 'a run’s page and its text in the terminal' },
  { path: 'chaos/cost/', holds: 'bytes and requests of a run, prices, bills' },
  { path: 'chaos/score/', holds: 'gates and the verdict, from the files of a run' },
  {
    path: 'chaos/numbers/',
    holds: 'every measured number: its gate, its column, its unit, what a failure asks for',
  },
  { path: 'chaos/audit/', holds: 'loss, duplicates and order, from histories and logs' },
  { path: 'chaos/approvals/', holds: 'who asks for a replay, who approves it, and why it is refused' },
  { path: 'chaos/seal/', holds: 'in-toto statement, signature, keys' },
  { path: 'chaos/drill/', holds: 'YAML to a drill; its checks and its errors' },
  { path: 'chaos/actions/', holds: 'one file an action of a timeline' },
  { path: 'chaos/faults/', holds: 'one file a fault: inject, probe, heal' },
  { path: 'chaos/drivers/local/', holds: 'the lab: brokers, links, store and meters on this machine' },
  {
    path: 'chaos/drivers/aws/',
    holds: 'an account: what drills may touch there, guards, deeds of EC2, healing',
  },
  {
    path: 'chaos/drivers/attach/',
    holds: 'a cluster that was there before: its clients, their links, its topics',
  },
  { path: 'chaos/drivers/', holds: 'ports: `driver.ts` for faults, `environment.ts` for a run' },
  { path: 'chaos/fleet/', holds: 'devices, gateways, shards' },
  { path: 'chaos/replay/', holds: 'consumers that read live, and read everything again' },
  { path: 'chaos/kafka/', holds: 'Kafka’s wire protocol, login, cluster view' },
  { path: 'chaos/machine/', holds: 'processes of this machine, and locks that one of them holds' },
  { path: 'chaos/net/', holds: 'HTTP calls that always end' },
  { path: 'chaos/platforms/', holds: 'one folder a platform: traits, properties, metrics' },
  { path: 'chaos/page/', holds: 'what every page is made of: shell, charts, units' },
  { path: 'chaos/record/', holds: 'the run folder: one file for each file on disk, with its schema' },
  { path: 'chaos/core/', holds: 'the words of the field: drill, contract, topology, verdict, errors, units' },
  { path: 'lib/', holds: 'CDK stacks, their environments, and what deploys them' },
  { path: 'bin/', holds: 'entry points' },
  { path: 'bench/', holds: 'benchmarks, each with a ratio against a peer' },
  {
    path: 'test/',
    holds: '`unit/` without sockets or processes, `local/` with real brokers, `stacks/`, `house/`',
  },
]

/** Of a file of this repository: the room with the longest path that it is in. */
export function roomOf(file: string): string | undefined {
  return ROOMS.map(({ path }) => path)
    .filter(path => file.startsWith(path))
    .toSorted((a, b) => b.length - a.length)[0]
}
