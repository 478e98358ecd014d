import { resolve } from 'node:path'
import { AftershockError } from '../core/errors.ts'
import type { PlannedPlace } from '../drivers/planned.ts'
import { isStaged } from '../staged-program.ts'
import type { Io } from './io.ts'

/** What the file of an environment says of where it is, and of how somebody logs in there. */
export interface DeployedPlace extends PlannedPlace {
  /** By which it is found from any folder: a name, or an absolute path. */
  readonly named: string
  /** Of its network. */
  readonly cidr: string
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
  const { environmentNames, isEnvironmentPath, loadEnvironment } = await import('../../lib/environment.ts')
  const { deployedPlace } = await import('../../lib/deployed-place.ts')
  const names = environmentNames()
  if (named === undefined || !(names.includes(named) || isEnvironmentPath(named)))
    throw new AftershockError(
      'usage',
      named === undefined ? 'no environment was named' : `there is no environment ${named}`,
      { hint: `expected --environment <one of ${names.join(', ')}, or the path of a file>` },
    )
  const anywhere = names.includes(named) ? named : resolve(cwd, named)
  return { named: anywhere, ...deployedPlace(loadEnvironment(anywhere)) }
}
