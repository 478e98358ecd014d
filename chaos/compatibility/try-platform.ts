import { randomBytes } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import { AftershockError, messageOf } from '../core/errors.ts'
import type { Address } from '../core/network.ts'
import { adminClient, endAdmin, kafkaClient, withAdmin } from '../kafka/admin.ts'
import type { BrokerLogin } from '../kafka/broker-login.ts'
import { operatorOver } from '../kafka/cluster-operator.ts'
import { recipeOf } from '../kafka/recipe-login.ts'
import type { Compatibility } from '../record/compatibility.ts'
import { advertisedBy, hasAuthorizer } from './cluster-facts.ts'
import { javaSettings, librdkafkaSettings } from './client-settings.ts'
import { KafkaJsPlace } from './kafkajs-place.ts'
import { kafkaJsAnswer } from './kafkajs-answer.ts'
import {
  CLIENTS,
  CLIENTS_NEEDED,
  type ClientAnswer,
  type ClientName,
  type CompatibilityLine,
  tries,
} from './line.ts'
import { LINES } from './lines/index.ts'
import { type OtherClient, tryLines } from './other-client.ts'

export interface TriedPlatform {
  readonly bootstrap: readonly Address[]
  readonly login: BrokerLogin | null
  /** Processes of its brokers, where they are on this machine and ours. */
  readonly pids: readonly number[]
  /** What topics begin with, before a mark that nobody guesses. */
  readonly prefix: string
  /** @default all */
  readonly only?: readonly string[]
  /** A program that is given its task over a pipe; or why there is none. */
  readonly librdkafka: Found
  readonly java: Found
  readonly kafkajsVersion: string
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly onAnswer: (line: string, client: ClientName, answer: ClientAnswer) => void
}

export type Found = Pick<OtherClient, 'version' | 'program' | 'args' | 'cwd'> | { readonly why: string }

type Tried = Pick<Compatibility, 'clients' | 'lines' | 'verdict'>

/** Tries every line with every client that has a probe for it. Whatever it makes in the cluster bears a mark, and goes. */
export async function tryPlatform(options: TriedPlatform): Promise<Tried> {
  const { login, clock, only, signal } = options
  const lines = LINES.filter(({ line }) => only === undefined || only.includes(line))
  const mark = `${options.prefix}${randomBytes(6).toString('hex')}.`
  const client = { clientId: 'aftershock-compatibility', brokers: options.bootstrap, login }
  const { brokers, racks } = await brokersOf(options)
  const asksWho = await withAdmin(client, hasAuthorizer)
  const copies = Math.min(3, brokers.length)
  const answers = new Map<string, Map<ClientName, ClientAnswer>>(lines.map(({ line }) => [line, new Map()]))
  const take = (name: ClientName) => (line: string, answer: ClientAnswer) => {
    answers.get(line)?.set(name, answer)
    options.onAnswer(line, name, answer)
  }
  const namesOf = (name: ClientName) => lines.filter(line => tries(line, name)).map(({ line }) => line)
  const own = adminClient(client)
  try {
    await own.connect()
    const about = { kafka: kafkaClient(client), admin: own, clock, login, brokers, copies, prefix: mark }
    const place = new KafkaJsPlace({ ...about, hasAuthorizer: asksWho })
    for (const line of lines) {
      signal.throwIfAborted()
      const { kafkajs } = line
      if (typeof kafkajs === 'function') take('kafkajs')(line.line, await kafkaJsAnswer(kafkajs, place))
    }
    const recipe = login && recipeOf(login)
    const given = {
      bootstrap: options.bootstrap.map(({ host, port }) => `${host}:${port}`).join(','),
      prefix: mark,
      copies,
      mechanism: login && login.mechanism !== null ? (login.mechanism ?? 'SCRAM-SHA-512') : null,
      authorizer: asksWho,
      racks,
      pids: options.pids,
    }
    const settingsOf = {
      librdkafka: async () => librdkafkaSettings(recipe, (await login?.token?.()) ?? null),
      java: async () => javaSettings(recipe),
    }
    for (const name of ['librdkafka', 'java'] as const) {
      const found = options[name]
      const refuse = (why: string) => {
        for (const line of namesOf(name)) take(name)(line, { verdict: 'not-run', shown: why })
      }
      if ('why' in found) {
        refuse(found.why)
        continue
      }
      try {
        const told = { ...given, settings: await settingsOf[name]() }
        await tryLines({ ...found, given: told }, namesOf(name), { clock, signal, onAnswer: take(name) })
      } catch (error) {
        signal.throwIfAborted()
        refuse(messageOf(error))
      }
    }
  } finally {
    await endAdmin(own, clock)
    await forget(options, brokers, mark)
  }
  return summed(lines, answers, options)
}

/** @throws AftershockError `unavailable` where nobody answers */
async function brokersOf({ bootstrap, login, clock }: TriedPlatform) {
  const trouble: string[] = []
  for (const address of bootstrap) {
    try {
      const found = await advertisedBy(address, login, clock)
      return {
        brokers: found.map(({ host, port }): Address => ({ host, port })),
        racks: Object.fromEntries(found.map(({ id, rack }) => [id, rack])),
      }
    } catch (error) {
      trouble.push(`${address.host}:${address.port} ${messageOf(error)}`)
    }
  }
  throw new AftershockError('unavailable', `no broker answered: ${trouble.join('; ')}`, {
    hint: 'do the brokers run, is the login right, and is the listener one for it? Else give --command-config',
  })
}

/** Takes away what bears the mark: topics, groups, and the quota. What is left bears it still, and is nobody else's. */
async function forget(
  { bootstrap, login, clock }: TriedPlatform,
  brokers: readonly Address[],
  mark: string,
): Promise<void> {
  const client = { clientId: 'aftershock-compatibility', brokers: bootstrap, login }
  const tried = [
    () =>
      operatorOver(brokers, { login, clock }).limitTo({ kind: 'client-id', name: `${mark}limited` }, null),
    () =>
      withAdmin(client, async admin => {
        const { groups } = await admin.listGroups()
        const own = groups.map(({ groupId }) => groupId).filter(name => name.includes(mark))
        if (own.length > 0) await admin.deleteGroups(own)
      }),
    () =>
      withAdmin(client, async admin => {
        const topics = (await admin.listTopics()).filter(name => name.includes(mark))
        if (topics.length > 0) await admin.deleteTopics({ topics })
      }),
  ]
  // Each is tried, whatever became of the one before.
  for (const one of tried) await one().catch(() => {})
}

function summed(
  lines: readonly CompatibilityLine[],
  answers: ReadonlyMap<string, ReadonlyMap<ClientName, ClientAnswer>>,
  { kafkajsVersion, librdkafka, java }: TriedPlatform,
): Tried {
  const known = (found: Found) =>
    'why' in found ? { version: null, why: found.why } : { version: found.version, why: null }
  const judged = lines.map(line => judgeLine(line, answers.get(line.line) ?? new Map()))
  const has = (verdict: string) => judged.some(line => line.verdict === verdict)
  return {
    clients: {
      kafkajs: { version: `kafkajs ${kafkajsVersion}`, why: null },
      librdkafka: known(librdkafka),
      java: known(java),
    },
    lines: judged,
    verdict: has('fail') ? 'fail' : has('not-run') || judged.length === 0 ? 'inconclusive' : 'pass',
  }
}

/** One client that fails fails the line; fewer than are needed leave it open. */
export function judgeLine(
  line: CompatibilityLine,
  answers: ReadonlyMap<ClientName, ClientAnswer>,
): Compatibility['lines'][number] {
  const { asks, neededBy } = line
  const needed = line.one === undefined ? CLIENTS_NEEDED : 1
  const clients = Object.fromEntries(
    CLIENTS.map(name => [
      name,
      answers.get(name) ?? { verdict: 'not-run' as const, shown: whyNot(line, name) },
    ]),
  )
  const verdicts = Object.values(clients).map(({ verdict }) => verdict)
  const passed = verdicts.filter(one => one === 'pass').length
  const verdict = verdicts.includes('fail') ? 'fail' : passed >= needed ? 'pass' : 'not-run'
  return { line: line.line, asks, neededBy, needed, verdict, clients }
}

function whyNot(line: CompatibilityLine, name: ClientName): string {
  const side = line[name]
  return typeof side === 'object' ? side.why : 'it was not tried'
}
