import { pbkdf2Sync, randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { AftershockError, messageOf } from '../../../core/errors.ts'
import { CLIENT_PRINCIPALS, type ClientPrincipal } from '../../../core/security-settings.ts'
import type { BrokerLogin } from '../../../kafka/broker-login.ts'
import type { ScramUser } from '../../../kafka/scram-users.ts'
import { secretReference } from '../../../platforms/connect.ts'
import type { Properties } from '../../../platforms/properties.ts'
import type { LabLayout } from './lab-layout.ts'

/** Of a lab with an authorizer: the passwords of those who log in, for its owner's eyes only. */
const LOGINS_FILE = 'logins.json'
const logins = z.record(z.enum(CLIENT_PRINCIPALS), z.string().min(1))
const ITERATIONS = 4096
const KEY_BYTES = 64

const fileIn = (labDir: string) => join(labDir, LOGINS_FILE)

/** Makes a password of each principal for this one lab. They are in this file alone. */
export function makeLabLogins(labDir: string): void {
  const made = Object.fromEntries(
    CLIENT_PRINCIPALS.map(name => [name, randomBytes(24).toString('base64url')]),
  )
  writeFileSync(fileIn(labDir), JSON.stringify(made), { mode: 0o600 })
  const lines = Object.entries(made).map(([name, password]) => `${name}=${password}\n`)
  writeFileSync(loginsProperties(labDir), lines.join(''), { mode: 0o600 })
}

/** Whoever logs in there logs in here with the same password: Kafka's mirror takes no passwords along. */
export function copyLabLogins(fromDir: string, labDir: string): void {
  for (const file of [fileIn, loginsProperties])
    writeFileSync(file(labDir), readFileSync(file(fromDir)), { mode: 0o600 })
}

/** The same for programs in Java: a file of properties, of which their own files have the path only. */
export const loginsProperties = (labDir: string): string => join(labDir, 'logins.properties')

/** How such a program logs in; empty where nobody does. Its password is looked up when it starts. */
export function javaLogin(
  { dir, hasAuthorizer }: Pick<LabLayout, 'dir' | 'hasAuthorizer'>,
  principal: ClientPrincipal,
): Properties {
  if (!hasAuthorizer) return {}
  const password = secretReference(loginsProperties(dir), principal)
  return {
    'security.protocol': 'SASL_PLAINTEXT',
    'sasl.mechanism': 'SCRAM-SHA-512',
    'sasl.jaas.config': `org.apache.kafka.common.security.scram.ScramLoginModule required username="${principal}" password="${password}";`,
  }
}

/** @throws AftershockError `unavailable` where the lab has no logins. */
export function readLabLogins(labDir: string): Readonly<Record<ClientPrincipal, string>> {
  try {
    return logins.parse(JSON.parse(readFileSync(fileIn(labDir), 'utf8')))
  } catch (error) {
    throw new AftershockError('unavailable', `the lab’s logins cannot be read: ${messageOf(error)}`, {
      hint: 'a lab with an authorizer is started with: aftershock lab up --authorizer',
      cause: error,
    })
  }
}

/** How a client of the lab logs in. */
export function labLogin(labDir: string, principal: ClientPrincipal): BrokerLogin {
  const password = readLabLogins(labDir)[principal]
  return { username: principal, password: () => password, trust: null, serverName: null }
}

/** What brokers keep of the passwords: not the passwords, which every process could read on a command line. */
export function scramUsers(labDir: string): ScramUser[] {
  return Object.entries(readLabLogins(labDir)).map(([name, password]) => {
    const salt = randomBytes(16)
    const saltedPassword = pbkdf2Sync(password, salt, ITERATIONS, KEY_BYTES, 'sha512')
    return { name, iterations: ITERATIONS, salt, saltedPassword }
  })
}

/** The same, as the tool that formats a disk takes them. */
export function scramArguments(labDir: string): string[] {
  return scramUsers(labDir).flatMap(({ name, iterations, salt, saltedPassword }) => {
    const words = [
      `name=${name}`,
      `iterations=${iterations}`,
      `salt="${salt.toString('base64')}"`,
      `saltedpassword="${saltedPassword.toString('base64')}"`,
    ]
    return ['--add-scram', `SCRAM-SHA-512=[${words.join(',')}]`]
  })
}
