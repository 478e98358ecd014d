import { resolve } from 'node:path'
import { AftershockError } from '../core/errors.ts'
import type { PlannedPlace } from '../drivers/planned.ts'
import { isStaged } from '../staged-program.ts'
import { usesSharedStorage } from '../platforms/index.ts'
import type { Io } from './io.ts'

/** What the file of an environment says of where it is, and of how somebody logs in there. */
export interface DeployedPlace extends PlannedPlace {
  /** By which it is found from any folder: a name, or an absolute path. */
  readonly named: string
  /** null: nobody logs in. */
  readonly operator: OperatorNames | null
}

/** Of the one principal that may do everything. */
export interface OperatorNames {
  readonly principal: string
  /** Of Secrets Manager; its value is the password. */
  readonly passwordSecret: string
  /** PEM text of what clients trust, or the parameter that has it. */
  readonly authority: { readonly pem: string } | { readonly parameter: string }
  /** Whether brokers are reached under names that are in their certificates. */
  readonly brokersHaveNames: boolean
}

/**
 * What the file of a deployed environment says of where it is. `lib/` is in a checkout only.
 * @throws AftershockError `usage` for a name that is none, `input` with every mistake of the file
 */
export async function deployedEnvironment(
  named: string | undefined,
  { cwd }: Pick<Io, 'cwd'>,
): Promise<DeployedPlace> {
  if (isStaged())
    throw new AftershockError('unavailable', 'this copy of the program knows no environments', {
      source: 'user',
      hint: 'Run it from a checkout of the repository, where lib/environments is.',
    })
  const { environmentNames, isEnvironmentPath, loadEnvironment, platformIn } = await import(
    '../../lib/environment.ts'
  )
  const { authorityParameter, passwordSecret } = await import('../../lib/certificate-names.ts')
  const names = environmentNames()
  if (named === undefined || !(names.includes(named) || isEnvironmentPath(named)))
    throw new AftershockError(
      'usage',
      named === undefined ? 'no environment was named' : `there is no environment ${named}`,
      { hint: `expected --environment <one of ${names.join(', ')}, or the path of a file>` },
    )
  const anywhere = names.includes(named) ? named : resolve(cwd, named)
  const config = loadEnvironment(anywhere)
  const platform = platformIn(config)
  const logsIn = config.security === 'sasl-scram'
  return {
    named: anywhere,
    environment: config.environment,
    platform,
    account: config.account ?? null,
    region: config.region,
    zones: Object.keys(config.zones),
    window: config.drillWindow ?? null,
    brokersPerZone: config.brokers.perZone,
    logsIn,
    hasOwnVoters: config.controllers !== undefined,
    withoutAgents:
      config.fleet.host === 'fargate' ? ['tasks of Fargate, from which clients would connect'] : [],
    operator: logsIn
      ? {
          principal: 'admin',
          passwordSecret: passwordSecret(config, 'admin'),
          authority: config.tls ? { pem: config.tls.authority } : { parameter: authorityParameter(config) },
          brokersHaveNames: !usesSharedStorage(platform),
        }
      : null,
  }
}
