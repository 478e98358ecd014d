import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connect, isIP, type Socket } from 'node:net'
import {
  checkServerIdentity,
  connect as connectTls,
  createSecureContext,
  type PeerCertificate,
  type SecureContext,
  TLSSocket,
} from 'node:tls'
import type { SASLOptions } from 'kafkajs'
import { AftershockError, messageOf } from '../core/errors.ts'
import type { Address } from '../core/network.ts'
import { DEFAULT_MECHANISM, type LoginRecipe, type SaslMechanism } from './login-recipe.ts'

/** How a client and brokers know each other: it logs in, and over TLS they show a certificate, or both do. */
export interface BrokerLogin {
  /** null: nobody logs in; brokers know the client by its certificate, or let in whoever comes. @default SCRAM-SHA-512 */
  readonly mechanism?: SaslMechanism | null
  /** Of OAUTHBEARER, in a password's place: one that is good now. */
  readonly token?: () => Promise<string>
  /** What another thread makes the same login of. @default without TLS, its name and its password */
  readonly recipe?: LoginRecipe
  readonly username: string
  /** As it is now: a file is read again for each login, so that a password that rotates needs no restart. */
  readonly password: () => string
  /** What this client trusts; null: no TLS, as on the loopback addresses of a lab. */
  readonly trust: SecureContext | null
  /** The name in the brokers' certificates. @default null: that under which each is reached */
  readonly serverName: string | null
  /** False where a user has said that certificates are good whatever name they are for. @default true */
  readonly checksNames?: boolean
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * From the settings of a machine (lib/assets/README.md); null where there are none, and brokers are plain. Whoever may
 * change rights has a login beside it, and knows the brokers by the same certificates.
 * @throws AftershockError `usage` when half of them is missing, `input` for a file or a certificate that is unusable.
 */
export function brokerLogin(env: Environment, who: 'BROKER' | 'OPERATOR' = 'BROKER'): BrokerLogin | null {
  const password = passwordIn(env, `${who}_PASSWORD`)
  const authority = setting(env, 'BROKER_AUTHORITY')
  const username = env[`${who}_USERNAME`] || undefined
  if (username === undefined && password === undefined && (authority === undefined || who === 'OPERATOR'))
    return null
  if (username === undefined || password === undefined)
    throw new AftershockError('usage', 'to log in to brokers takes a name and a password', {
      hint: `set ${who}_USERNAME and ${who}_PASSWORD, or ${who}_PASSWORD_FILE; or none of them for brokers without logins`,
    })
  const trust = env.BROKER_TLS === 'off' ? null : trustIn(authority)
  return { username, password, trust, serverName: env.BROKER_TLS_NAME || null }
}

/** The variable's text, or that of the file which `<name>_FILE` names. */
function setting(env: Environment, name: string): string | undefined {
  const file = env[`${name}_FILE`]
  if (env[name] || !file) return env[name] || undefined
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new AftershockError('input', `${name}_FILE: ${messageOf(error)}`, {
      hint: 'the file must exist and hold what the variable names',
      cause: error,
    })
  }
}

function passwordIn(env: Environment, name: string): (() => string) | undefined {
  const read = () => {
    const text = setting(env, name)
    const file = env[`${name}_FILE`] ?? ''
    return env[name] || text === undefined ? text : passwordOf(text, file, name)
  }
  let last = read()
  if (last === undefined) return undefined
  return () => {
    try {
      last = read()
    } catch {
      // While the file is replaced: the last one may still do.
    }
    return last ?? ''
  }
}

/** A file of properties is what the bootstrap script makes of a secret, with backslashes as Java has them. */
function passwordOf(text: string, file: string, name: string): string {
  if (!file.endsWith('.properties')) return text.replace(/\r?\n$/, '')
  const [, value = ''] = /^password=(.*)$/m.exec(text) ?? []
  if (value === '')
    throw new AftershockError('input', `${name}_FILE: ${file} has no line that begins with password=`, {
      hint: "it is a client's properties file with a line password=…",
    })
  return value.replace(/\\(.)/g, '$1')
}

function trustIn(authority: string | undefined): SecureContext {
  if (authority === undefined) return createSecureContext()
  try {
    // What is no certificate would be left out without a word, and no broker would be trusted.
    if (!new X509Certificate(authority).ca)
      throw new AftershockError('input', 'it is not one that signs others', {
        hint: 'give the certificate of the authority, not that of a node',
      })
    return createSecureContext({ ca: authority })
  } catch (error) {
    throw new AftershockError(
      'input',
      `BROKER_AUTHORITY is no authority's certificate: ${messageOf(error)}`,
      {
        hint: 'PEM text that begins with -----BEGIN CERTIFICATE-----',
        cause: error,
      },
    )
  }
}

/** @param broker its host as it advertises itself, which is also what its certificate must be for; a port may follow. */
export function openBrokerSocket(address: Address, broker: string, login: BrokerLogin | null): Socket {
  const [, bracketed, plain] = /^(?:\[(.*)\]|([^:]*)):\d+$/.exec(broker) ?? []
  const host = bracketed ?? plain ?? broker
  const socket = login?.trust ? connectTls({ ...address, ...tlsOf(host, login) }) : connect(address)
  return socket.setNoDelay(true)
}

/** Calls once, when the socket carries what is written to it: over TLS that is later than the connection. */
export function whenReady(socket: Socket, then: () => void): void {
  socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', then)
}

/** For kafkajs, which keeps something of its own in the object: a new one for each client. Empty where nobody logs in. */
export function saslOptions(login: BrokerLogin | null | undefined): { readonly sasl?: SASLOptions } {
  if (!login) return {}
  const { mechanism = DEFAULT_MECHANISM, username, password, token } = login
  if (mechanism === null) return {}
  if (mechanism === 'OAUTHBEARER')
    return {
      sasl: {
        mechanism: 'oauthbearer',
        oauthBearerProvider: async () => ({ value: (await token?.()) ?? '' }),
      },
    }
  const word = (
    { PLAIN: 'plain', 'SCRAM-SHA-256': 'scram-sha-256', 'SCRAM-SHA-512': 'scram-sha-512' } as const
  )[mechanism]
  return { sasl: { mechanism: word, username, password: password() } }
}

/** @param host which may stand behind a proxy: a certificate is checked against it, and never against the proxy. */
function tlsOf(host: string, { trust, serverName, checksNames = true }: BrokerLogin) {
  if (!trust) return {}
  const name = serverName ?? host
  return {
    secureContext: trust,
    ...(isIP(name) === 0 && { servername: name }),
    checkServerIdentity: (_dialled: string, certificate: PeerCertificate) =>
      checksNames ? checkServerIdentity(name, certificate) : undefined,
  }
}
