import { AftershockError } from '../core/errors.ts'
import {
  noSecondRelease,
  PLATFORM_NAMES,
  type PlatformName,
  platformOf,
  platformTitle,
  usesObjectStore,
} from '../platforms/index.ts'
import { missingCapabilities } from '../drill/capabilities.ts'
import type { LoadedDrill } from '../drill/load-drill.ts'
import type { Outline } from '../drivers/environment.ts'
import { requireCompression } from '../kafka/compressors.ts'
import { clientIdsOf } from './client-ids.ts'
import { planDrill } from './plan.ts'

export interface CheckOptions {
  readonly seed: string
  /** Whether programs that the drill names may run. */
  readonly allowCommands: boolean
}

/**
 * Everything for which a drill is refused before anything starts: what it needs and the environment lacks, a platform
 * that it is not meant for, programs that nobody allowed, and faults that fit nothing there.
 * @throws AftershockError `refused`, or `unavailable` where gateways cannot compress as the drill says
 */
export async function checkDrill(
  loaded: LoadedDrill,
  outline: Outline,
  { seed, allowCommands }: CheckOptions,
): Promise<void> {
  refuseOneRelease(loaded, outline)
  refuseMissingCapabilities(loaded, outline)
  refuseUnsupportedPlatform(loaded, outline.platform)
  refuseMissingAuthorizer(loaded, outline)
  refuseSharedClientIds(loaded, outline.platform)
  if (!allowCommands) refuseCommands(loaded)
  requireCompression(loaded.drill.fleet.compression)
  // A fault that fits nothing, whatever the cluster does, would make the run inconclusive.
  await planDrill(loaded.drill, seed, outline)
}

/** Where there is one version, it is said before anything that follows from it. */
function refuseOneRelease({ drill }: LoadedDrill, { platform }: Outline): void {
  if (drill.upgrade && platformOf(platform).versions.from !== 'maven')
    throw noSecondRelease(drill.drill, platform)
}

/** Names every capability that the drill needs and the environment lacks. */
function refuseMissingCapabilities({ drill }: LoadedDrill, { name, capabilities, second }: Outline): void {
  const missing = missingCapabilities(drill, { capabilities, ...(second && { second }) })
  if (missing.length === 0) return
  const words = missing.map(entry => `${entry.entryId} needs ${entry.capability}`).join('; ')
  throw new AftershockError('refused', `the ${name} driver cannot run ${drill.drill}: ${words}`, {
    hint: missing.some(({ capability }) => capability === 'objectStore')
      ? `choose a platform that has an object store: --platform ${PLATFORM_NAMES.filter(usesObjectStore).join(', ')}`
      : `it has ${[...capabilities].join(', ')}`,
  })
}

/**
 * Gates are promises of a kind of platform: judged by another's, a platform fails for what it never promised, and in
 * a comparison that would read as a verdict on it.
 */
function refuseUnsupportedPlatform({ drill }: LoadedDrill, platform: PlatformName): void {
  const { platforms } = drill
  if (platforms === undefined || platforms.includes(platform)) return
  throw new AftershockError(
    'refused',
    `${drill.drill} is meant for ${platforms.map(platformTitle).join(' and ')}: its gates do not fit ${platformTitle(platform)}`,
    {
      hint: `choose --platform ${platforms.join(' or ')}, or write a drill with gates that fit: the key platforms says for which it is`,
    },
  )
}

/** Brokers that let in every client would say nothing of who is refused. */
function refuseMissingAuthorizer({ drill }: LoadedDrill, { name, capabilities, platform }: Outline): void {
  if (drill.security === undefined || capabilities.has('access')) return
  throw new AftershockError(
    'refused',
    `${drill.drill} has security, and the ${name} driver gives ${platformTitle(platform)} no authorizer`,
    { hint: 'choose --driver local' },
  )
}

/** A limit goes by what a client calls itself; where that is its zone alone, others of the zone would be slowed down. */
function refuseSharedClientIds({ drill }: LoadedDrill, platform: PlatformName): void {
  const limited = drill.timeline.find(
    ({ kind, spec }) => kind === 'replay' && spec['rateLimit'] !== undefined,
  )
  if (!limited || clientIdsOf(platform) === undefined) return
  throw new AftershockError(
    'refused',
    `${limited.id} has a rateLimit, and clients of ${platformTitle(platform)} call themselves by their zone: it would hold for all of them`,
    { hint: 'leave rateLimit out, or choose another platform' },
  )
}

/** Of entries in a timeline: those that hold a program and its arguments. */
const COMMAND_KEYS = ['run', 'inject', 'probe', 'heal'] as const

/** A drill is a file that people pass on; what it runs, runs with the rights of whoever runs it. */
function refuseCommands({ drill }: LoadedDrill): void {
  const programs = [
    ...(drill.processor?.command
      ? [`the processor is ${JSON.stringify(drill.processor.command.join(' '))}`]
      : []),
    ...drill.timeline.flatMap(({ id, spec }) =>
      COMMAND_KEYS.flatMap(key =>
        Array.isArray(spec[key]) ? [`${id} runs ${JSON.stringify(spec[key].join(' '))}`] : [],
      ),
    ),
  ]
  if (programs.length === 0) return
  throw new AftershockError('refused', `${drill.drill} would run programs: ${programs.join('; ')}`, {
    hint: 'read them; if you want them to run with your rights, add --allow-commands',
  })
}
