import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { type PlatformVersion, parsePlatformId, versionProblem } from '../platforms/platform-id.ts'
import { AftershockError } from '../core/errors.ts'
import {
  DEFAULT_PLATFORM,
  PLATFORMS,
  PLATFORM_NAMES,
  type PlatformName,
  findPlatform,
  isPlatformName,
} from '../platforms/index.ts'
import { nearest } from '../drill/nearest.ts'
import type { PlatformChoice } from '../drivers/environment.ts'
import {
  PLATFORM_OPTION_NAMES,
  PLATFORM_OPTIONS,
  type PlatformOptionName,
  type PlatformOptionValues,
} from '../platforms/options.ts'
import type { Io } from './io.ts'

/** Options by which a command chooses what the lab runs. */
export interface PlatformOptions extends PlatformOptionValues {
  readonly platform: string
}

/** Any version that Maven resolves. */
const VERSION_EXAMPLE = 'kafka@4.4.0'

/** Those that only some platforms take. */
export function addPlatformOptions(command: Command): Command {
  for (const { flag, value, description } of Object.values(PLATFORM_OPTIONS))
    command.option(`${flag} ${value}`, description)
  return command
}

export function platformOption(): Option {
  return new Option(
    '--platform <name>',
    `${PLATFORM_NAMES.join(', ')}; ${VERSION_EXAMPLE} for another version than the one that is shipped`,
  ).default(DEFAULT_PLATFORM)
}

/** @throws AftershockError `usage` when there is no such platform, or an option belongs to another. */
export function platformChoice({ platform: id, ...given }: PlatformOptions, io: Io): PlatformChoice {
  const { platform, version } = chosenPlatform(id)
  const values: Partial<Record<PlatformOptionName, string>> = {}
  for (const name of PLATFORM_OPTION_NAMES) {
    const path = given[name]
    if (path === undefined) continue
    refuseOptionOfAnother(platform, name)
    values[name] = resolve(io.cwd, path)
  }
  return { platform, ...(version !== null && { version }), ...values }
}

/** @throws AftershockError `usage` when no platform has that name, or none can be of that version. */
export function chosenPlatform(id: string): PlatformVersion {
  const [name = '', ...rest] = id.split('@')
  const parsed = parsePlatformId(id)
  if (!isPlatformName(name)) {
    const guess = nearest(name, PLATFORM_NAMES)
    const meant = guess === undefined ? '' : `; did you mean ${[guess, ...rest].join('@')}?`
    throw new AftershockError('usage', `--platform is '${id}'`, {
      hint: `it is one of ${PLATFORM_NAMES.join(', ')}, and a version may follow: ${VERSION_EXAMPLE}${meant}`,
    })
  }
  if (!parsed)
    throw new AftershockError('usage', `--platform is '${id}': what stands behind the @ is no version`, {
      hint: `for example ${VERSION_EXAMPLE}`,
    })
  const problem = versionProblem(parsed)
  if (problem) throw new AftershockError('usage', `--platform is ${problem[0]}`, { hint: problem[1] })
  return parsed
}

/** Of those that were given for several platforms, the ones that this platform takes. */
export function optionsFor(platform: string, given: PlatformOptionValues): PlatformOptionValues {
  const taken = findPlatform(platform)?.options ?? []
  return Object.fromEntries(taken.flatMap(name => (given[name] === undefined ? [] : [[name, given[name]]])))
}

/** Silently ignored, a user who forgot `--platform` would measure the wrong one. */
function refuseOptionOfAnother(platform: PlatformName, name: PlatformOptionName): void {
  const owners = PLATFORMS.filter(({ options }) => options.includes(name)).map(owner => owner.name)
  if (owners.includes(platform)) return
  const { flag: option } = PLATFORM_OPTIONS[name]
  throw new AftershockError('usage', `${option} is not for the platform ${platform}`, {
    hint: `add --platform ${owners.join(' or --platform ')}, or leave ${option} out`,
  })
}
