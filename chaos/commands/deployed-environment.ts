import { resolve } from 'node:path'
import { AftershockError } from '../core/errors.ts'
import type { Place } from '../drivers/deployed.ts'
import type { PlatformName } from '../platforms/index.ts'
import { isStaged } from '../staged-program.ts'
import type { Io } from './io.ts'

/**
 * What the file of a deployed environment says of where it is. `lib/` is in a checkout only.
 * @throws AftershockError `usage` for a name that is none, `input` with every mistake of the file
 */
export async function deployedEnvironment(
  named: string | undefined,
  { cwd }: Io,
): Promise<Place & { readonly platform: PlatformName }> {
  if (isStaged())
    throw new AftershockError('unavailable', 'this copy of the program knows no environments', {
      source: 'user',
      hint: 'Run it from a checkout of the repository, where lib/environments is.',
    })
  const { environmentNames, isEnvironmentPath, loadEnvironment } = await import('../../lib/environment.ts')
  const names = environmentNames()
  if (named === undefined || !(names.includes(named) || isEnvironmentPath(named)))
    throw new AftershockError(
      'usage',
      named === undefined ? 'no environment was named' : `there is no environment ${named}`,
      { hint: `expected --environment <one of ${names.join(', ')}, or the path of a file>` },
    )
  const config = loadEnvironment(names.includes(named) ? named : resolve(cwd, named))
  return {
    environment: config.environment,
    platform: config.platform,
    account: config.account ?? null,
    region: config.region,
    zones: Object.keys(config.zones),
    window: config.drillWindow ?? null,
  }
}
