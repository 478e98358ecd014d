import { readFileSync } from 'node:fs'
import type { Address } from '../../../core/network.ts'
import type { Clock } from '../../../core/clock.ts'
import type { NodeId } from '../../../core/topology.ts'
import { waitFor } from '../../../core/wait.ts'
import type { ClusterOperator } from '../../../kafka/cluster-operator.ts'
import { ProbeConnection, ProbeFailure } from '../../../kafka/probe-connection.ts'
import { describeSettingRequest, readSetting, type SettingInForce } from '../../../kafka/settings-wire.ts'
import { writeText } from '../../../record/bounded-files.ts'
import type { Cluster, Processes, Settings } from '../../driver.ts'

const ASKED_MS = 2000
const EVERY_MS = 200

export interface NodeSettingsContext {
  readonly fileOf: (node: NodeId) => string
  /** Past the links. */
  readonly addressOf: (node: NodeId) => Address
  readonly processes: Processes
  readonly cluster: Cluster
  /** Who changes topics. */
  readonly operator: Pick<ClusterOperator, 'changeTopic'>
  readonly clock: Clock
}

/** Settings of the lab's brokers, in the files that they read when they start, and of topics; and what brokers say themselves. */
export function nodeSettings({
  fileOf,
  addressOf,
  processes,
  cluster,
  operator,
  clock,
}: NodeSettingsContext): Settings {
  const ask = async (
    node: NodeId,
    of: { readonly broker: NodeId } | { readonly topic: string },
    setting: string,
  ): Promise<SettingInForce | null> => {
    const connection = new ProbeConnection(addressOf(node))
    try {
      const reply = await connection.request(describeSettingRequest(of, setting, 1), ASKED_MS, clock)
      return readSetting(reply, setting)
    } catch (error) {
      if (error instanceof ProbeFailure) return null
      throw error
    } finally {
      connection.close()
    }
  }
  const look = async (node: NodeId, setting: string) =>
    (await ask(node, { broker: node }, setting))?.value ?? null
  const written = async (node: NodeId, setting: string) =>
    writtenIn(readFileSync(fileOf(node), 'utf8'), setting)
  const isInSync = async (node: NodeId) => {
    const { partitions } = await cluster.describe()
    const own = Object.values(partitions).filter(({ replicas }) => replicas.includes(node))
    return own.every(({ isr }) => isr.includes(node))
  }
  return {
    look,
    written,
    async change(node, setting, value, { expected, stopMs, serveMs }) {
      const before = readFileSync(fileOf(node), 'utf8')
      const after = withSetting(before, setting, value)
      const runs = async () => (await look(node, setting)) === expected
      if (after !== before || !(await runs())) {
        await processes.stop(node, stopMs)
        if (after !== before) writeText(fileOf(node), after)
        await processes.start(node)
      }
      await waitFor(
        `broker ${node} to serve with ${setting}=${expected}, in sync`,
        async () => (await runs()) && (await isInSync(node)),
        { clock, deadlineMs: serveMs, everyMs: EVERY_MS },
      )
    },
    async lookAtTopic(node, topic, setting) {
      const found = await ask(node, { topic }, setting)
      if (found === null || found.value === null) return null
      return { inForce: found.value, written: found.isOwn ? found.value : null }
    },
    changeTopic: (topic, setting, value) => operator.changeTopic(topic, setting, value),
  }
}

/** Java's properties, as this program writes them: one `key=value` a line, of which the last counts. */
function writtenIn(text: string, setting: string): string | null {
  const line = text.split('\n').findLast(one => one.startsWith(`${setting}=`))
  return line === undefined ? null : line.slice(setting.length + 1)
}

/** In its own place where it stands already, so that taking a change back gives the file of before. */
export function withSetting(text: string, setting: string, value: string | null): string {
  const isIt = (line: string) => line.startsWith(`${setting}=`)
  const lines = text.split('\n')
  const at = lines.findLastIndex(isIt)
  const others = (part: readonly string[]) => part.filter(line => !isIt(line))
  if (value === null) return others(lines).join('\n')
  const line = `${setting}=${value}`
  if (at >= 0) return [...others(lines.slice(0, at)), line, ...lines.slice(at + 1)].join('\n')
  const end = lines.at(-1) === '' ? lines.length - 1 : lines.length
  return [...lines.slice(0, end), line, ...lines.slice(end)].join('\n')
}
