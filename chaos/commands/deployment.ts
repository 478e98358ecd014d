import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Option } from 'commander'
import { AftershockError } from '../core/errors.ts'
import { priceUse } from '../cost/environment-use.ts'
import { loadPrices } from '../cost/prices.ts'
import { packageFile, packageFolder, packageRoot } from '../package-root.ts'
import { isStaged } from '../staged-program.ts'
import { systemClock } from '../system-clock.ts'
import type { DeployOptions } from '../../lib/deploy/run-deploy.ts'
import type { DestroyOptions } from '../../lib/deploy/run-destroy.ts'
import type { Io } from './io.ts'

/** What a test replaces: the account, the checkout, the day. */
export type DeploymentParts = Partial<DeployOptions & DestroyOptions>

/** Not mandatory for commander, which would say so before it says that --enviroment is no option. */
export const environmentOption = (): Option =>
  new Option(
    '--environment <name>',
    'one of lib/environments, for example lab, or the path of a file of your own',
  )

/**
 * All of `lib/deploy` that the commands use. Loaded when one of them runs, since it needs packages and files that only a
 * checkout has; this file alone imports `lib/`.
 * @throws AftershockError `usage` when `environment` is neither one of lib/environments nor the path of a file.
 */
export async function loadDeployment(environment: string | undefined, io: Io, parts: DeploymentParts) {
  refuseStaged('deploy')
  needPackages()
  const [
    { awsAccount },
    { accountFacts },
    { removalAid },
    environments,
    { runDeploy },
    { runDestroy },
    { ephemerally },
  ] = await Promise.all([
    import('../../lib/deploy/account.ts'),
    import('../../lib/deploy/preflight/aws-facts.ts'),
    import('../../lib/deploy/removal-aid.ts'),
    import('../../lib/environment.ts'),
    import('../../lib/deploy/run-deploy.ts'),
    import('../../lib/deploy/run-destroy.ts'),
    import('../../lib/deploy/ephemeral.ts'),
  ])
  const options: DeployOptions & DestroyOptions = {
    root: packageRoot(),
    env: { ...io.env },
    today: new Date(systemClock.wallMs()).toISOString().slice(0, 10),
    aws: awsAccount({ ...io.env }, systemClock),
    facts: accountFacts({ ...io.env }, systemClock),
    aid: removalAid({ ...io.env }, systemClock),
    clock: systemClock,
    readPrices(path) {
      const { origin, rows } = loadPrices(path && resolve(io.cwd, path))
      return { ...origin, prices: rows }
    },
    priceUse: (load, path) => priceUse(load, loadPrices(path && resolve(io.cwd, path))),
    out: text => io.stdout.write(text),
    err: text => io.stderr.write(text),
    ...parts,
  }
  return { ephemerally, runDeploy, runDestroy, options, environment: chosen(environment, environments, io) }
}

/** A checkout has them; whoever installed the package alone has not, since they are large and only deploying needs them. */
function needPackages(): void {
  const { peerDependencies } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as {
    peerDependencies: Record<string, string>
  }
  const missing = Object.entries(peerDependencies).filter(([name]) => packageFolder(name) === undefined)
  if (missing.length === 0) return
  throw new AftershockError(
    'unavailable',
    `deploying needs packages that are not installed: ${missing.map(([name]) => name).join(', ')}`,
    {
      source: 'user',
      hint: `Install them beside this one: npm install ${missing.map(entry => entry.join('@')).join(' ')}`,
    },
  )
}

/** What `fis render` uses of `lib/`. @throws as `loadDeployment` does */
export async function loadRendering(environment: string | undefined, io: Io) {
  refuseStaged('render experiments')
  const [environments, { renderDrill }] = await Promise.all([
    import('../../lib/environment.ts'),
    import('../../lib/experiments/render-drill.ts'),
  ])
  return { renderDrill, environment: chosen(environment, environments, io) }
}

function refuseStaged(what: string): void {
  if (!isStaged()) return
  throw new AftershockError('unavailable', `this copy of the program cannot ${what}: it has no CDK stacks`, {
    source: 'user',
    hint: `It can ${what} from a checkout of the repository.`,
  })
}

function chosen(
  environment: string | undefined,
  { environmentNames, isEnvironmentPath }: typeof import('../../lib/environment.ts'),
  { cwd, env }: Io,
): string {
  const names = environmentNames()
  if (environment !== undefined && names.includes(environment)) return environment
  if (environment !== undefined && isEnvironmentPath(environment)) return resolve(cwd, environment)
  const what =
    environment === undefined ? 'no environment was named' : `there is no environment ${environment}`
  throw new AftershockError(
    'usage',
    `${what}: expected --environment <one of ${names.join(', ')}, or the path of a file>`,
    {
      hint: takenByNpm(env),
    },
  )
}

/** Words are refused by us and not by commander, whose message cannot say what npm took. */
export function refuseWords(words: readonly string[], { env }: Io, hint: string): void {
  if (words.length === 0) return
  throw new AftershockError('usage', `expected options only, not ${words.join(' ')}`, {
    hint: takenByNpm(env) ?? hint,
  })
}

/** npm keeps what stands before `--` for itself, and hands it on as its own configuration. */
function takenByNpm(env: Io['env']): string | undefined {
  const taken = ['environment', 'plan', 'absent', 'prices', 'unchecked', 'ephemeral'].filter(
    name => env[`npm_config_${name}`] !== undefined,
  )
  if (taken.length === 0) return undefined
  const options = taken.map(name => `--${name}`).join(' and ')
  return `npm took ${options} for itself. Options come after a --, as in: npm run deploy -- --environment lab --plan`
}
