import { cpSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import type { RegionsSpec } from '../../../core/regions.ts'
import { secondRegionBlock } from '../../../platforms/addresses.ts'
import type { Links } from '../../driver.ts'
import type { OpenOptions } from '../../environment.ts'
import { removeLab, type StartedLab, startLab } from '../lab/lab.ts'
import { proxyName, toxiproxyConfig, withConnector, withProcessor } from '../lab/lab-layout.ts'
import { secondRegionDir } from '../lab/lab-state.ts'
import { removeLinks } from '../lab/lab-parts.ts'
import { toxiproxyApi } from '../../toxiproxy-api.ts'
import type { ConnectDistribution } from '../setup/connect.ts'
import type { InstalledSoftware } from '../setup/lab.ts'
import type { ProcessListener } from '../lab/supervisor.ts'
import { outboxTopic } from '../../../platforms/connect.ts'
import { withFollowingSinks } from './following-sinks.ts'
import { MIRROR_ZONE } from './mirror-worker.ts'
import { RunRegions } from './run-regions.ts'

/** A worker, brokers and a proxy, each with its own deadline. */
const LEAVE_MS = 60_000

/**
 * The second cluster that a drill asks for, alive, in a block of addresses of its own, and the links between the
 * regions; its mirror is not started.
 * @param a its layout has the links of a mirror
 */
export async function openRegions(
  a: StartedLab,
  spec: RegionsSpec,
  {
    software,
    distribution,
    links,
  }: {
    readonly software: InstalledSoftware
    readonly distribution: ConnectDistribution
    /** Of region a. */
    readonly links: Links
  },
  run: OpenOptions,
): Promise<RunRegions> {
  const { runDir, drill, runner, clock, record, progress, signal, endings } = run
  const dir = secondRegionDir(a.layout.dir)
  // Whatever an earlier run left in a lab that stays.
  await removeLab(dir, clock)
  await removeLinks(a, ['mirror'])
  const api = toxiproxyApi(a.layout.addresses.toxiproxy)
  const between = a.layout.topology.links.filter(({ listener }) => listener === 'mirror').map(proxyName)
  for (const proxy of toxiproxyConfig(a.layout).filter(({ name }) => between.includes(name)))
    await api.create(proxy)
  // The first cluster's brokers have the same numbers.
  const onProcess: ProcessListener = (change, { role, node, process }) =>
    record({
      kind: change === 'started' ? 'process.started' : 'process.ended',
      role: `region-b ${role}`,
      node,
      process,
    })
  progress('starting the second region')
  let regions: RunRegions | null = null
  endings.add(
    'the second region',
    async () => {
      await regions?.end()
      await removeLinks(a, ['mirror']).catch(() => {})
      await keepLogs(dir, runDir)
      await removeLab(dir, clock)
    },
    LEAVE_MS,
  )
  const plain = await startLab({
    block: secondRegionBlock(a.layout.block),
    dir,
    kind: 'run',
    timeouts: drill.kafka.timeouts,
    second: { brokers: spec.brokers },
    ...(drill.security && { hasAuthorizer: true, loginsOf: a.layout.dir }),
    user: runner,
    software,
    clock,
    onProcess,
    signal,
  })
  const mirrored = withConnector(plain.layout, MIRROR_ZONE)
  const follows = drill.processor && spec.failOver.processor !== 'stays'
  const processed = follows ? withProcessor(mirrored, drill.processor) : mirrored
  const sinks = spec.failOver.connectors === 'stays' ? undefined : drill.connectors
  const b = { ...plain, layout: sinks ? withFollowingSinks(processed, a.layout) : processed }
  await openWorkerLinks(b)
  regions = new RunRegions({
    a,
    b,
    spec,
    contract: drill.contract,
    sourceTopics: sinks ? sinks.sources.map(({ name }) => outboxTopic(name)) : [],
    distribution,
    links,
    runDir,
    clock,
  })
  return regions
}

const WORKER_LISTENERS: ReadonlySet<string> = new Set(['connect', 'processor', 'database'])

async function openWorkerLinks({ layout }: StartedLab): Promise<void> {
  const api = toxiproxyApi(layout.addresses.toxiproxy)
  const names = layout.topology.links.filter(({ listener }) => WORKER_LISTENERS.has(listener)).map(proxyName)
  for (const proxy of toxiproxyConfig(layout).filter(({ name }) => names.includes(name)))
    await api.create(proxy)
}

/** Both regions have a broker 1. */
async function keepLogs(dir: string, runDir: string): Promise<void> {
  const logs = join(dir, 'logs')
  if (existsSync(logs)) cpSync(logs, join(runDir, 'logs', 'region-b'), { recursive: true })
}
