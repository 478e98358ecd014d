import { idOfChoice } from '../../platforms/platform-id.ts'
import type { Drill } from '../../core/drill.ts'
import { messageOf } from '../../core/errors.ts'
import { type PlatformName, platformOf, platformTitle, usesObjectStore } from '../../platforms/index.ts'
import type {
  Environment,
  EnvironmentKind,
  OpenOptions,
  Outline,
  PlatformChoice,
  Setup,
  StartedEnvironment,
} from '../environment.ts'
import { keepConfiguration } from './lab/kept-configuration.ts'
import type { StartedLab } from './lab/lab.ts'
import { withLabAdmin } from './lab/lab-admin.ts'
import { currentBlock, type LabLayout, labLayout, withConnector } from './lab/lab-layout.ts'
import { labMeters } from './lab/lab-meters.ts'
import { LEAVE_MS, labOfRun, leaveLab } from './lab/lab-of-run.ts'
import { plainKafka } from './lab/lab-platform.ts'
import { labRemains } from './lab/lab-remains.ts'
import { isStanding, labDirectory, readLabState } from './lab/lab-state.ts'
import { labTopics } from './lab/lab-topics.ts'
import { LinkMeter } from './links/link-meter.ts'
import { LAB_CAPABILITIES, localDriver } from './local-driver.ts'
import { restartBrokers } from './nodes/restart-policy.ts'
import { openConnector } from './connect/run-connector.ts'
import { type ConnectDistribution, ensureConnect } from './setup/connect.ts'
import { ensureLab, type LabSoftware } from './setup/lab.ts'

/** The lab of this machine: three brokers in three zones behind one proxy, with whatever the platform needs beside. */
export const localEnvironment: EnvironmentKind = {
  name: 'local',
  outline,
  parts,
  prepare,
  remains: labRemains,
}

function outline({ connector }: Pick<Drill, 'connector'>, platform: PlatformName): Outline {
  const plain = labLayout(0, '', platform)
  const { topology } = connector ? withConnector(plain, connector.zone) : plain
  const always = [...LAB_CAPABILITIES, 'clients'] as const
  return {
    name: 'local',
    platform,
    capabilities: new Set(usesObjectStore(platform) ? [...always, 'objectStore' as const] : always),
    topology,
    topics: (contract, needs) => labTopics(contract, platform, needs),
  }
}

function parts({ kafka, connector }: Drill, choice: PlatformChoice): string[] {
  const { platform, automqDist, tieredPlugin } = choice
  const brokers = `3 brokers of ${platformTitle(idOfChoice(choice))} in 3 zones (${kafka.timeouts} failover timeouts)`
  const { versions, options } = platformOf(platform)
  const from = versions.from === 'distribution' ? `, from ${automqDist ?? 'the folder in AUTOMQ_HOME'}` : ''
  const tier =
    tieredPlugin === undefined
      ? 'the remote log by the lab’s own reference store, which is no product'
      : `the remote log by Aiven’s plugin in ${tieredPlugin}`
  return [
    `${brokers}${from}`,
    'Toxiproxy, with a proxy on every link',
    ...(options.includes('tieredPlugin') ? [tier] : []),
    ...(usesObjectStore(platform)
      ? [
          'the object store versitygw, and the lab’s S3 proxy in front of it with a port and a link for each zone',
        ]
      : []),
    ...(connector
      ? [
          `a worker of Kafka Connect in ${connector.zone} over links of its own, whose sink writes ${connector.topics.join(', ')} to a file`,
        ]
      : []),
  ]
}

/** What a run is to use: the lab that stays, or the software for one of its own. */
interface Prepared {
  readonly outline: Outline
  readonly choice: PlatformChoice
  readonly layout: LabLayout
  /** null: the lab that stays. */
  readonly software: LabSoftware | null
  /** null: the drill has no connector. */
  readonly connect: ConnectDistribution | null
  readonly env: NodeJS.ProcessEnv
}

async function prepare(drill: Drill, choice: PlatformChoice, setup: Setup): Promise<Environment> {
  const block = currentBlock(setup.env)
  const dir = labDirectory(block, setup.env)
  const software = isStanding(dir) ? null : await ensureLab(setup, choice)
  const connect = drill.connector ? await ensureConnect(setup) : null
  const layout = labLayout(block, dir, choice.platform)
  const made = software?.platform ?? readLabState(dir)?.platform ?? plainKafka('')
  const prepared = {
    choice,
    outline: outline(drill, choice.platform),
    layout,
    software,
    connect,
    env: setup.env,
  }
  return {
    outline: prepared.outline,
    header: {
      driver: 'local',
      software: made.software,
      labDir: dir,
      ownsLab: software !== null,
      versions: {
        ...(software?.kafka && hasStockBrokers(choice.platform) && { kafka: software.kafka.version }),
        ...(software && { toxiproxy: software.toxiproxy.version }),
        ...(connect && { connect: connect.version }),
      },
    },
    open: run => open(prepared, run),
  }
}

/** Elsewhere the lab's own Kafka lends its tools, and no broker is of that version. */
const hasStockBrokers = (platform: PlatformName): boolean => platformOf(platform).versions.from === 'maven'

async function open(prepared: Prepared, run: OpenOptions): Promise<StartedEnvironment> {
  const { layout, software, connect, env } = prepared
  const { choice } = prepared
  const { platform } = choice
  const { runDir, drill, clock, record, endings } = run
  const plain = await labOfRun({ ...run, layout, choice, software })
  const lab = drill.connector ? { ...plain, layout: withConnector(layout, drill.connector.zone) } : plain
  const meter = await openMeter(lab, run)
  endings.add('the lab', () => leaveLab(lab, runDir, meter, clock), LEAVE_MS)
  await keepConfiguration({ runDir, lab, topics: run.topics, env })
  const restarts = restartBrokers(lab, { held: run.held, onEvent: record })
  endings.add('the restart policy', () => restarts.stop())
  const connector =
    drill.connector && connect
      ? await openConnector(
          { lab, spec: drill.connector, distribution: connect, platform, run: run.run, runDir, clock },
          meter,
          endings,
        )
      : null
  const driver = localDriver(lab)
  endings.add('the cluster probe', () => driver[Symbol.dispose]())
  return {
    driver,
    dial: layout.dial,
    admin: work => withLabAdmin(layout, work),
    claimTopics(topics) {
      const { topics: earlier = [] } = lab.supervisor.state
      lab.supervisor.update({ topics: [...new Set([...earlier, ...topics])] })
      return earlier
    },
    meters: labMeters(driver, meter, clock),
    connector,
  }
}

/** null where links cannot be measured: the run goes on, and its evidence says so. */
async function openMeter({ layout, supervisor }: StartedLab, { record }: OpenOptions) {
  const meter = new LinkMeter(layout, supervisor.state.kind === 'run')
  try {
    await meter.sample()
    return meter
  } catch (error) {
    record({ kind: 'sampler.failed', sampler: 'links', error: messageOf(error) })
    return null
  }
}
