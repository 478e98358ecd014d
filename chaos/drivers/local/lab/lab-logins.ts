import { pbkdf2Sync, randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { AftershockError, messageOf } from '../../../core/errors.ts'
import { LAB_PRINCIPALS, type LabPrincipal } from '../../../core/security-settings.ts'
import type { BrokerLogin } from '../../../kafka/broker-login.ts'

/** Of a lab with an authorizer: the passwords of those who log in, for its owner's eyes only. */
const LOGINS_FILE = 'logins.json'
const logins = z.record(z.enum(LAB_PRINCIPALS), z.string().min(1))
const ITERATIONS = 4096
const KEY_BYTES = 64

const fileIn = (labDir: string) => join(labDir, LOGINS_FILE)

/** Makes a password of each principal for this one lab. They are in this file alone. */
export function makeLabLogins(labDir: string): void {
  const made = Object.fromEntries(LAB_PRINCIPALS.map(name => [name, randomBytes(24).toString('base64url')]))
  writeFileSync(fileIn(labDir), JSON.stringify(made), { mode: 0o600 })
}

/** @throws AftershockError `unavailable` where the lab has no logins. */
export function readLabLogins(labDir: string): Readonly<Record<LabPrincipal, string>> {
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
export function labLogin(labDir: string, principal: LabPrincipal): BrokerLogin {
  const password = readLabLogins(labDir)[principal]
  return { username: principal, password: () => password, trust: null, serverName: null }
}

/**
 * As the tool that formats a disk takes them: what a broker keeps of a password, and not the password, which every
 * process of this machine could read on a command line.
 */
export function scramArguments(labDir: string): string[] {
  return Object.entries(readLabLogins(labDir)).flatMap(([name, password]) => {
    const salt = randomBytes(16)
    const salted = pbkdf2Sync(password, salt, ITERATIONS, KEY_BYTES, 'sha512')
    const words = [
      `name=${name}`,
      `iterations=${ITERATIONS}`,
      `salt="${salt.toString('base64')}"`,
      `saltedpassword="${salted.toString('base64')}"`,
    ]
    return ['--add-scram', `SCRAM-SHA-512=[${words.join(',')}]`]
  })
}
