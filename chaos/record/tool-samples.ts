import { z } from 'zod'
import type { Immutable } from '../core/immutable.ts'

const number = z.number()
const share = number.describe('0 to 1')

/** What one part of this program, a thread, did since the line of it before. */
export const toolSample = z.object({
  t: number,
  part: z
    .string()
    .describe(
      '`main`: devices, live readers, probes and samplers; a replay’s process (`recovery`, …): that replay; with `/1`, `/2`, …: the threads between which it divides its partitions.',
    ),
  forMs: number,
  busy: share.describe('Not idle: it computed, or waited for a CPU.'),
  cpu: share.nullable().describe('It had a CPU; null where the system does not tell.'),
  waited: share
    .nullable()
    .describe(
      'It could have run and others did: that is the machine’s, and not its own; null where not known.',
    ),
  delayMs: number.describe('The worst delay of its event loop.'),
  gcMs: number.describe('Collecting garbage.'),
  unsentBytes: number
    .exactOptional()
    .describe('Written to sockets and not taken by the kernel: who is to read it is slower.'),
  unreadBytes: number
    .exactOptional()
    .describe('Of a replay: what has come from brokers and waits in the kernel for the reader to take it.'),
  owed: number
    .exactOptional()
    .describe(
      'Of a replay: questions that brokers have not answered whole, and connections that they hold back: it waits for them when it is idle.',
    ),
  throttledMs: number
    .exactOptional()
    .describe('Of a replay: how long brokers have held it back so far, for a quota.'),
  pacedMs: number
    .exactOptional()
    .describe('Of `main`: how long devices had records to send and kept to the run’s own limit of bytes.'),
  quotaMs: number
    .exactOptional()
    .describe('Of `main`: the longest that a broker held one of their connections back, for a quota.'),
  receivedBytes: number.exactOptional().describe('Of a replay: what it was given so far.'),
  wayMs: number
    .exactOptional()
    .describe(
      'Of `main`, where brokers are reached through sessions of Systems Manager: the slowest answer of an agent over them.',
    ),
})

export type ToolSample = Immutable<z.output<typeof toolSample>>

/** Above these a part of the tool is in the way of what it measures. */
export const TOOL_LIMITS = {
  /** Of the time in which it could run: the rest is no reserve. */
  cpu: 0.9,
  /** Of its event loop, without what it waited for a CPU. */
  delayMs: 200,
  /** Of the time in which it could run, collecting garbage. */
  gc: 0.25,
} as const

/** A thread that could not run for so much of the time waited for the machine: what it did is no measure of it. */
export const BY_MACHINE = 0.5

/** Of the time for which it could have had a CPU, the part in which it had one: 1 is a thread that cannot do more. */
export function ownShare({ busy, cpu, waited }: Pick<ToolSample, 'busy' | 'cpu' | 'waited'>): number {
  if (cpu === null || waited === null) return busy
  const could = 1 - Math.min(waited, 1)
  // A thread that hardly ever got a CPU when it wanted one says nothing about how much it can do.
  return could < 0.05 ? 0 : Math.min(1, cpu / could)
}

/** Why the part was in the way in this sample; null: it was not. */
export function toolBound(sample: ToolSample): string | null {
  const { forMs, waited, delayMs, quotaMs = 0, pacedMs = 0, wayMs } = sample
  if (quotaMs > 0) return `brokers held its devices back by ${Math.round(quotaMs)} ms, for a quota`
  // How much of it is the way's nobody can tell: all that is known is that the network is no slower.
  if (wayMs !== undefined)
    return `its devices and readers reach brokers through sessions of Systems Manager, where an answer took up to ${Math.round(wayMs)} ms`
  if (pacedMs > 0) return `its devices kept to the run’s limit of bytes, and waited ${Math.round(pacedMs)} ms`
  const own = ownShare(sample)
  if (own >= TOOL_LIMITS.cpu) {
    return waited !== null && waited >= BY_MACHINE
      ? `its thread wanted a CPU all the time, and waited for one ${percent(waited)} of it: the machine has too few`
      : `its thread computed ${percent(own)} of the time`
  }
  const ownDelayMs = delayMs - (waited ?? 0) * forMs
  if (ownDelayMs > TOOL_LIMITS.delayMs) return `its event loop was late by ${Math.round(ownDelayMs)} ms`
  const gc = gcShare(sample)
  return gc >= TOOL_LIMITS.gc ? `it collected garbage ${percent(gc)} of the time` : null
}

/** A collection's length counts while its thread had no CPU, too: of that no more is its own than the CPU it had. */
function gcShare({ forMs, cpu, waited, gcMs }: ToolSample): number {
  if (cpu === null || waited === null) return gcMs / Math.max(1, forMs)
  return Math.min(gcMs, cpu * forMs) / Math.max(1, forMs * (1 - Math.min(waited, 1)))
}

const percent = (part: number): string => `${Math.round(part * 100)}%`
