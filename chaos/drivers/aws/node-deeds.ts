import { createHash } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'
import { AftershockError } from '../../core/errors.ts'
import { waitFor } from '../../core/wait.ts'
import type { Account } from './account.ts'
import { machineNamed } from './inventory.ts'

/** As `lib/drill-access.ts` makes it. */
export const documentName = (environment: string): string => `aftershock-${environment}-node`

/** What is done to the node's unit, and undone by `start`; `wipe` is for one that is held down already. */
export type UnitDeed = 'kill' | 'stop' | 'pause' | 'wipe' | 'start'

/** What is done to links. */
export type LinkDamage =
  | { readonly mode: 'drop' | 'refuse' }
  | { readonly mode: 'reset'; readonly afterMs: number; readonly share: number }
  | { readonly mode: 'delay'; readonly delayMs: number; readonly jitterMs: number }
  | { readonly mode: 'narrow'; readonly bytesPerSecond: number }
/** To those of a machine: each is `10.0.0.0/24=9092`, or from the other end `10.0.0.9/32>9092`. */
export type LinkDeed = LinkDamage & { readonly tag: string; readonly links: readonly string[] }

/** `heal` undoes all that drills did to a machine, and may be repeated. */
export type NodeDeed =
  | { readonly deed: UnitDeed | 'heal' }
  | ({ readonly deed: 'link' } & LinkDeed)
  | { readonly deed: 'clear'; readonly tag: string }

const HEALING: ReadonlySet<NodeDeed['deed']> = new Set(['start', 'clear', 'heal'])

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
 * Deeds on a machine by the environment's own document, and no other. Each arms its lease first, in the same script: it
 * heals without network and without anybody. Whoever asks what came of it asks the agent, never this.
 */
export class NodeDeeds {
  readonly #options: NodeDeedsOptions

  constructor(options: NodeDeedsOptions) {
    this.#options = options
  }

  /**
   * @param withinMs for the deed itself, from when the machine begins it
   * @returns what the machine said
   */
  async do(wanted: NodeDeed, machine: string, withinMs: number): Promise<string> {
    const { account, environment, clock, permit, leaseMs, everyMs = 500 } = this.#options
    const { deed } = wanted
    const found = machineNamed(await account.inventory(environment), machine)
    if (!HEALING.has(deed)) await permit()
    const document = documentName(environment)
    const lease = Math.min(LONGEST_LEASE_S, Math.max(60, Math.ceil(leaseMs / 1000)))
    const deadlineMs = withinMs + TAKEN_UP_MS
    const parameters = { Deed: deed, LeaseSeconds: String(lease), ...parametersOf(wanted) }
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
    if (status === 'Success') return output
    throw new AftershockError(
      'unavailable',
      `${document} did not ${deed} ${machine}: ${status}${output === '' ? '' : `: ${output}`}`,
      { hint: 'what it began, the lease on the machine undoes; sooner: aftershock heal' },
    )
  }
}

/** Whether Systems Manager does not know the machine, or has no document for it: then no drill did anything there. */
export const isUnknownThere = (error: unknown): boolean =>
  error instanceof AftershockError &&
  error.cause instanceof Error &&
  /^Invalid(InstanceId|Document)$/.test(error.cause.name)

function parametersOf(wanted: NodeDeed): Readonly<Record<string, string>> {
  if (wanted.deed === 'clear') return { Tag: tagOf(wanted.tag) }
  if (wanted.deed !== 'link') return {}
  const { tag, links, mode } = wanted
  return { Tag: tagOf(tag), Links: links.join(','), Mode: mode, ...amountsOf(wanted) }
}

function amountsOf(wanted: LinkDamage): Readonly<Record<string, string>> {
  switch (wanted.mode) {
    case 'drop':
    case 'refuse':
      return {}
    case 'reset':
      return {
        Milliseconds: String(wanted.afterMs),
        Share: String(Math.max(1, Math.round(wanted.share * 1_000_000))),
      }
    case 'delay':
      return { Milliseconds: String(wanted.delayMs), Jitter: String(wanted.jitterMs) }
    case 'narrow':
      return { BytesPerSecond: String(Math.max(1, Math.round(wanted.bytesPerSecond))) }
  }
}

/** Of a fault's id, which may be longer than a name of a table: then its end is that of a digest. */
export function tagOf(id: string): string {
  if (id.length <= LONGEST_TAG) return `link-${id}`
  const digest = createHash('sha256').update(id).digest('hex').slice(0, 8)
  return `link-${id.slice(0, LONGEST_TAG - 9)}-${digest}`
}
const LONGEST_TAG = 30
