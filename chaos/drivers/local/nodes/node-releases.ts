import type { Clock } from '../../../core/clock.ts'
import { AftershockError } from '../../../core/errors.ts'
import type { Address } from '../../../core/network.ts'
import { METADATA_VERSION } from '../../../core/upgrade.ts'
import type { NodeId } from '../../../core/topology.ts'
import { waitFor } from '../../../core/wait.ts'
import {
  type BrokerFeatures,
  type FeatureAnswer,
  featuresRequest,
  readFeatureAnswer,
  readFeatures,
  updateFeaturesRequest,
} from '../../../kafka/features-wire.ts'
import { ProbeConnection, ProbeFailure } from '../../../kafka/probe-connection.ts'
import { type BrokerView, metadataRequest, readMetadata } from '../../../kafka/wire.ts'
import { argumentsOf, findAlive } from '../../../machine/process-table.ts'
import type { Processes } from '../../driver.ts'
import type { ReleaseReading, Releases } from '../../releases.ts'
import type { Supervisor } from '../lab/supervisor.ts'
import { levelsOfRelease } from './release-levels.ts'

const ASKED_MS = 2000
/** The controller answers once it is written to its quorum. */
const UPDATED_MS = 10_000
const EVERY_MS = 200
const STOP_MS = 60_000
const SERVE_MS = 120_000

/** Of errors that UpdateFeatures has; others are shown by their numbers. */
const ERRORS: Readonly<Record<number, string>> = {
  7: 'REQUEST_TIMED_OUT',
  31: 'CLUSTER_AUTHORIZATION_FAILED',
  41: 'NOT_CONTROLLER',
  42: 'INVALID_REQUEST',
  95: 'INVALID_UPDATE_VERSION',
  96: 'FEATURE_UPDATE_FAILED',
}

export interface NodeReleasesContext {
  readonly nodes: readonly NodeId[]
  /** Past the links. */
  readonly addressOf: (node: NodeId) => Address
  readonly processes: Pick<Processes, 'stop' | 'start'>
  readonly supervisor: Supervisor
  readonly clock: Clock
}

/** null: the lab has one release. */
export function nodeReleases(context: NodeReleasesContext): Releases | null {
  const { nodes, supervisor, processes, clock } = context
  const { upgrade, platform } = supervisor.state
  if (!upgrade || platform.software.version === undefined) return null
  const older = platform.software.version
  const newer = upgrade.release
  const look = (node: NodeId) => lookAt(context, node)
  const change: Releases['change'] = async (node, release, { stopMs, serveMs, signal }) => {
    if (release !== older && release !== newer)
      throw new AftershockError('internal', `the lab has ${older} and ${newer}, not ${release}`)
    const began = clock.now()
    const runs = await look(node)
    let stopped = began
    if (runs.release !== release) {
      await processes.stop(node, stopMs)
      stopped = clock.now()
      setRelease(supervisor, node, release === newer)
      await processes.start(node)
    }
    let seen = 'nothing'
    const wait = { clock, deadlineMs: serveMs, everyMs: EVERY_MS, signal, lastSeen: () => seen }
    const serves = await waitFor(
      `broker ${node} to serve with ${release}`,
      async () => {
        const now = await look(node)
        seen = `release ${now.release ?? 'none'}, ${now.supports ? 'answers' : 'no answer'}`
        return now.release === release && now.supports !== null && clock.now()
      },
      wait,
    )
    await waitFor(
      `broker ${node} to be in sync`,
      async () => {
        const { replicas, inSync } = await look(node)
        seen = `${inSync} of ${replicas} replicas`
        return replicas > 0 && inSync === replicas
      },
      wait,
    )
    const isOther = runs.release !== release
    return {
      stopMs: isOther ? Math.round(stopped - began) : 0,
      serveMs: isOther ? Math.round(serves - stopped) : 0,
      syncMs: isOther ? Math.round(clock.now() - serves) : 0,
    }
  }
  return {
    older,
    newer,
    look,
    change,
    levels: () => levelsOfRelease(upgrade.runtime),
    update: async (levels, kind) => {
      const frame = updateFeaturesRequest(1, { levels, change: kind, timeoutMs: UPDATED_MS })
      for (const node of nodes) {
        const answer = await askOf(context, node, frame, readFeatureAnswer, UPDATED_MS + ASKED_MS)
        if (answer) return replyOf(answer)
      }
      throw new AftershockError(
        'unavailable',
        `no broker answered the request for other levels of ${Object.keys(levels).join(', ')}`,
      )
    },
    async restore() {
      // A process that lives with the older release is not touched.
      for (const node of nodes)
        await change(node, older, {
          stopMs: STOP_MS,
          serveMs: SERVE_MS,
          signal: new AbortController().signal,
        })
    },
  }
}

/** Before the process starts: whoever starts it after a crash starts that release. */
function setRelease(supervisor: Supervisor, node: NodeId, isNewer: boolean): void {
  const { upgrade } = supervisor.state
  if (!upgrade) return
  const others = upgrade.nodes.filter(one => one !== node)
  supervisor.update({ upgrade: { ...upgrade, nodes: isNewer ? [...others, node] : others } })
}

function replyOf({ error, message }: FeatureAnswer): { ok: boolean; words: string } {
  const words = message === null || message === '' ? '' : `: ${message}`
  return error === 0
    ? { ok: true, words: message ?? '' }
    : { ok: false, words: `${ERRORS[error] ?? `error ${error}`}${words}` }
}

async function lookAt(context: NodeReleasesContext, node: NodeId): Promise<ReleaseReading> {
  const recorded = context.supervisor.find('broker', node)?.process
  const process = recorded && findAlive(recorded) ? recorded : null
  const [features, view] = await Promise.all([
    askOf<BrokerFeatures | null>(context, node, featuresRequest(1), readFeatures),
    viewOf(context, node),
  ])
  const own = Object.values(view?.partitions ?? {}).filter(({ replicas }) => replicas.includes(node))
  return {
    process,
    release: process ? releaseOf(argumentsOf(process.pid)) : null,
    supports: features
      ? Object.fromEntries(Object.entries(features.supported).map(([name, { max }]) => [name, max]))
      : null,
    finalized: features && METADATA_VERSION in features.finalized ? features.finalized : null,
    replicas: own.length,
    inSync: own.filter(({ isr }) => isr.includes(node)).length,
  }
}

/** As others see it: a broker that has just started says of itself what it last knew. */
async function viewOf(context: NodeReleasesContext, node: NodeId): Promise<BrokerView | null> {
  const others = context.nodes.filter(one => one !== node)
  for (const one of [...others, node]) {
    const view = await askOf(context, one, metadataRequest(1), reply => readMetadata(reply, () => true))
    if (view) return view
  }
  return null
}

/** null: no answer. */
async function askOf<T>(
  { addressOf, clock }: NodeReleasesContext,
  node: NodeId,
  frame: Buffer,
  read: (reply: Buffer) => T,
  timeoutMs = ASKED_MS,
): Promise<T | null> {
  const connection = new ProbeConnection(addressOf(node))
  try {
    return read(await connection.request(frame, timeoutMs, clock))
  } catch (error) {
    if (error instanceof ProbeFailure) return null
    throw error
  } finally {
    connection.close()
  }
}

/** Of the one jar on a class path that carries the release of the whole: `kafka_2.13-4.3.1.jar`. */
export function releaseOf(argv: readonly string[]): string | null {
  const at = argv.findIndex(word => word === '-cp' || word === '-classpath' || word === '--class-path')
  const releases = (argv[at + 1] ?? '')
    .split(':')
    .flatMap(path => /(?:^|\/)kafka_\d+\.\d+-(\d+\.\d+\.\d+(?:-[A-Za-z0-9.]+)?)\.jar$/.exec(path)?.[1] ?? [])
  const [first, ...more] = new Set(releases)
  return at >= 0 && first !== undefined && more.length === 0 ? first : null
}
