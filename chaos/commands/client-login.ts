import { resolve } from 'node:path'
import { AftershockError } from '../core/errors.ts'
import { type BrokerLogin, brokerLogin } from '../kafka/broker-login.ts'
import { clientProperties, folderOf, loginRecipe } from '../kafka/client-properties.ts'
import { loginOf } from '../kafka/recipe-login.ts'
import type { Io } from './io.ts'

export interface ClientLoginOptions {
  readonly commandConfig?: string
}

/** The option of every command that logs in to a cluster and starts nothing there. */
export const COMMAND_CONFIG = [
  '--command-config <file>',
  'client properties (security.protocol, sasl.*, ssl.* with PEM); AFTERSHOCK_CLIENT_… of the environment stand before it',
] as const

/**
 * By client properties where there are any, else by the settings of a machine (BROKER_USERNAME and so on); null: plain,
 * and nobody logs in.
 * @throws AftershockError `usage` where both are given: one of them would be ignored without a word
 */
export function clientLogin({ commandConfig }: ClientLoginOptions, io: Io): BrokerLogin | null {
  const path = commandConfig === undefined ? null : resolve(io.cwd, commandConfig)
  const properties = clientProperties(path, io.env)
  const saysHow = [...properties.keys()].some(key => /^(security|sasl|ssl)\./.test(key))
  const ofMachine = brokerLogin(io.env)
  if (!saysHow) return ofMachine
  if (ofMachine !== null)
    throw new AftershockError('usage', 'there are two logins: client properties, and BROKER_USERNAME', {
      hint: 'leave --command-config and AFTERSHOCK_CLIENT_… out, or unset BROKER_…',
    })
  const recipe = loginRecipe(properties, folderOf(path, io.cwd))
  return recipe && loginOf(recipe)
}

/** Of whoever may change rights: a properties file alone, or OPERATOR_USERNAME and its password. */
export function operatorLogin(file: string | undefined, io: Io): BrokerLogin | null {
  if (file === undefined) return brokerLogin(io.env, 'OPERATOR')
  const path = resolve(io.cwd, file)
  const recipe = loginRecipe(clientProperties(path, {}), folderOf(path, io.cwd))
  return recipe && loginOf(recipe)
}
