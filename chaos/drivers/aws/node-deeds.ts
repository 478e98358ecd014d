import type { Clock } from '../../core/clock.ts'
import { AftershockError } from '../../core/errors.ts'
import { waitFor } from '../../core/wait.ts'
import type { Account } from './account.ts'
import { machinesNamed } from './inventory.ts'

/** As `lib/constructs/node-document.ts` makes it. */
export const documentName = (environment: string): string => `aftershock-${environment}-node`

/** `heal` undoes all of the others, and may be repeated. */
export const NODE_DEEDS = ['kill', 'stop', 'pause', 'heal'] as const
export type NodeDeed = (typeof NODE_DEEDS)[number]

export interface NodeDeedsOptions {
  readonly account: Account
  readonly environment: string
  readonly clock: Clock
  /** Asked before each change that breaks something, never before one that heals. @throws AftershockError `refused` */
  readonly permit: () => Promise<void>
  /** After which a machine heals itself, whatever became of the run: longer than any fault of the drill. */
  readonly leaseMs: number
  /** @default 500 ms */
  readonly everyMs?: number
}

/** Systems Manager takes a second or three; its agent may be away for longer after a start of the machine. */
const TAKEN_UP_MS = 30_000
const OVER = new Set(['Success', 'Failed', 'TimedOut', 'Cancelled', 'Undeliverable', 'Terminated'])
/** What a machine accepts as the time of its lease. */
const LONGEST_LEASE_S = 43_200

/**
 * Deeds on the node's unit by the environment's own document, and no other. Each arms the machine's lease first, in the
 * same script: it heals without network and without anybody. Whoever asks what came of it asks the agent, never this.
 */
export class NodeDeeds {
  readonly #options: NodeDeedsOptions

  constructor(options: NodeDeedsOptions) {
    this.#options = options
  }

  /** @param withinMs for the deed itself, from when the machine begins it */
  async do(deed: NodeDeed, machine: string, withinMs: number): Promise<void> {
    const { account, environment, clock, permit, leaseMs, everyMs = 500 } = this.#options
    const [found] = machinesNamed(await account.inventory(environment), [machine])
    if (!found)
      throw new AftershockError(
        'refused',
        `tags: there is no machine ${machine} with chaos-ready=true and environment=${environment}`,
        {
          hint: 'only machines of the environment that its stack has tagged so are touched: `aftershock aws status` lists them',
        },
      )
    if (deed !== 'heal') await permit()
    const document = documentName(environment)
    const lease = Math.min(LONGEST_LEASE_S, Math.max(60, Math.ceil(leaseMs / 1000)))
    const deadlineMs = withinMs + TAKEN_UP_MS
    const parameters = { Deed: deed, LeaseSeconds: String(lease) }
    const command = await account.change.runDocument(document, found.id, parameters, deadlineMs)
    let seen = 'nothing yet'
    const done = async () => {
      const invocation = await account.invocation(command, found.id)
      if (invocation) seen = invocation.status
      return invocation && OVER.has(invocation.status) ? invocation : undefined
    }
    const { status, output } = await waitFor(`${document} to ${deed} ${machine}`, done, {
      clock,
      deadlineMs,
      everyMs,
      lastSeen: () => seen,
    })
    if (status === 'Success') return
    throw new AftershockError(
      'unavailable',
      `${document} did not ${deed} ${machine}: ${status}${output === '' ? '' : `: ${output}`}`,
      { hint: 'what it began, the lease on the machine undoes; sooner: aftershock heal' },
    )
  }
}
