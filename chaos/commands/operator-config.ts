import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AftershockError } from '../core/errors.ts'
import { awsAccount } from '../drivers/index.ts'
import { writeText } from '../record/bounded-files.ts'
import { systemClock } from '../system-clock.ts'
import type { DeployedPlace } from './deployed-environment.ts'

/** Client properties in a folder that only this user enters, as a temporary folder is made. */
export interface OperatorConfig extends Disposable {
  /** null: nobody logs in. */
  readonly path: string | null
}

/**
 * The login of an environment that was deployed a moment ago, whose password nobody has typed: as client properties, since
 * a guardian reads them too. They are gone with the object; after a crash they stay, with a password of an environment that
 * removes itself.
 * @throws AftershockError `unavailable` when the secret or the certificate is not there
 */
export async function operatorConfig({ operator, region }: DeployedPlace): Promise<OperatorConfig> {
  if (operator === null) return { path: null, [Symbol.dispose]() {} }
  using account = await awsAccount(region, systemClock)
  const { authority, passwordSecret, principal, brokersHaveNames } = operator
  const password = await account.secret(passwordSecret)
  const pem = 'pem' in authority ? authority.pem : await account.parameter(authority.parameter)
  if (password === null || pem === null)
    throw new AftershockError(
      'unavailable',
      `there is no ${password === null ? `secret ${passwordSecret}` : `parameter ${'parameter' in authority ? authority.parameter : ''}`}`,
      { hint: 'the deployment makes it; name a login of your own with --command-config' },
    )
  const folder = mkdtempSync(join(tmpdir(), 'aftershock-login-'))
  const path = join(folder, 'client.properties')
  writeText(join(folder, 'authority.pem'), pem)
  const properties = {
    'security.protocol': 'SASL_SSL',
    'sasl.mechanism': 'SCRAM-SHA-512',
    'sasl.username': principal,
    'sasl.password': password.replaceAll('\\', '\\\\'),
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': 'authority.pem',
    ...(brokersHaveNames ? {} : { 'ssl.endpoint.identification.algorithm': '' }),
  }
  const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`)
  writeText(path, lines.join(''))
  return { path, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}
