import type { KafkaJsPlace } from './kafkajs-place.ts'

/** Who asks: clients that share no code, so that one's mistake is not taken for the platform's. */
export const CLIENTS = ['kafkajs', 'librdkafka', 'java'] as const
export type ClientName = (typeof CLIENTS)[number]

/** Two that agree, unless a line says why one must do. */
export const CLIENTS_NEEDED = 2

/**
 * One thing that a fleet and its teams need of a platform. Its probes are beside it: that of kafkajs here, those of the
 * others in `librdkafka/<line>.py` and `java/…/<Line>.java`, by the same name.
 */
export interface CompatibilityLine {
  readonly line: string
  /** What has to hold, as a sentence. */
  readonly asks: string
  /** Who needs it. */
  readonly neededBy: string
  /** What the probe of kafkajs saw; or why kafkajs has none. @throws Lacks when it is not so */
  readonly kafkajs: Probe | WhyNot
  readonly librdkafka: Elsewhere | WhyNot
  readonly java: Elsewhere | WhyNot
  /** Why fewer than two clients are enough. @default they are not */
  readonly one?: string
}

export type Probe = (place: KafkaJsPlace) => Promise<string>
/** Its probe is a file of that client's language. */
export type Elsewhere = 'probe'
export interface WhyNot {
  readonly why: string
}

/** What one client came to. */
export interface ClientAnswer {
  readonly verdict: 'pass' | 'fail' | 'not-run'
  readonly shown: string
}

/** What was seen is not what is needed. Whatever else goes wrong in a probe may be the machine's or the network's. */
export class Lacks extends Error {}

/** It cannot be tried here, which says nothing of the platform. */
export class CannotTry extends Error {}

export function lacking(shown: string): never {
  throw new Lacks(shown)
}

/** @throws Lacks */
export function must(holds: boolean, shown: string): asserts holds {
  if (!holds) throw new Lacks(shown)
}

export const tries = (line: CompatibilityLine, client: ClientName): boolean =>
  line[client] === 'probe' || typeof line[client] === 'function'
