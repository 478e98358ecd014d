import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls, createSecureContext, type SecureContext, TLSSocket } from 'node:tls'
import type { SASLOptions } from 'kafkajs'
import { AftershockError, messageOf } from '../core/errors.ts'
import type { Address } from '../core/network.ts'

/** How a client and brokers know each other: it logs in with SCRAM-SHA-512, and over TLS they show a certificate. */
export interface BrokerLogin {
  readonly username: string
  /** As it is now: a file is read again for each login, so that a password that rotates needs no restart. */
  readonly password: () => string
  /** What this client trusts; null: no TLS, as on the loopback addresses of a lab. */
  readonly trust: SecureContext | null
  /** The name in the brokers' certificates. @default null: that under which each is reached */
  readonly serverName: string | null
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

/** @param host as the broker advertises itself, which is also what its certificate must be for. */
export function openBrokerSocket(address: Address, host: string, login: BrokerLogin | null): Socket {
  const socket = login?.trust ? connectTls({ ...address, ...tlsOf(host, login) }) : connect(address)
  return socket.setNoDelay(true)
}

/** Calls once, when the socket carries what is written to it: over TLS that is later than the connection. */
export function whenReady(socket: Socket, then: () => void): void {
  socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', then)
}

/** For kafkajs, which keeps something of its own in the object: a new one for each client. */
export function saslOptions({ username, password }: BrokerLogin): SASLOptions {
  return { mechanism: 'scram-sha-512', username, password: password() }
}

function tlsOf(host: string, { trust, serverName }: BrokerLogin) {
  if (!trust) return {}
  const name = serverName ?? (isIP(host) ? undefined : host)
  return { secureContext: trust, ...(name === undefined ? {} : { servername: name }) }
}
