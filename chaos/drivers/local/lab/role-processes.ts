import type { Address } from '../../../core/network.ts'
import type { NodeId } from '../../../core/topology.ts'
import { waitFor } from '../../../core/wait.ts'
import { findAlive, signalGroup } from '../../../machine/process-table.ts'
import { exchangeOverHttp } from '../../../net/http-call.ts'
import type { Processes } from '../../driver.ts'
import type { StartedLab } from './lab.ts'
import type { Command } from './supervisor.ts'

const STAND_STILL_MS = 5000

export interface RoleOptions {
  readonly role: string
  /** What one of them is called: `worker`. */
  readonly noun: string
  readonly command: (node: NodeId) => Command
  /** Where it answers HTTP, asked directly and not over links. */
  readonly addressOf: (node: NodeId) => Address
  readonly timeoutMs: number
}

/** The processes of one role as faults touch them: Connect workers, or instances of a processor. */
export function roleProcesses(
  { supervisor, clock }: StartedLab,
  { role, noun, command, addressOf, timeoutMs }: RoleOptions,
): Pick<Processes, 'kill' | 'pause' | 'resume' | 'start' | 'look'> {
  const identity = (node: NodeId) => supervisor.find(role, node)?.process ?? null
  const stateOf = (node: NodeId) => supervisor.alive(role, node)?.state
  const signal = (node: NodeId, name: NodeJS.Signals) => {
    const process = identity(node)
    // It leads a session of its own: all that it started is stopped with it.
    if (process) signalGroup(process, name)
  }
  return {
    async kill(node) {
      await supervisor.end(role, node, 'SIGKILL', 0)
    },
    async pause(node) {
      signal(node, 'SIGSTOP')
      const wait = { clock, deadlineMs: STAND_STILL_MS, everyMs: 10 }
      await waitFor(`${noun} ${node} to stand still`, () => stateOf(node) === 'stopped', wait)
    },
    async resume(node) {
      signal(node, 'SIGCONT')
    },
    async start(node) {
      supervisor.start(command(node))
    },
    async look(node) {
      const process = identity(node)
      const alive = process && findAlive(process)
      const { outcome } = await exchangeOverHttp(addressOf(node), { path: '/', timeoutMs, clock })
      return {
        state: alive ? (alive.state === 'stopped' ? 'stopped' : 'running') : 'absent',
        process: alive ? process : null,
        answer: outcome,
      }
    },
  }
}
