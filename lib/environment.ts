import { existsSync, readdirSync } from 'node:fs'
import { basename, extname, join, resolve } from 'node:path'
import { z } from 'zod'
import { packageFile } from '../chaos/package-root.ts'
import { PLATFORMS, type PlatformName } from '../chaos/platforms/index.ts'
import { inconsistencies } from './environment-rules.ts'
import { type EnvironmentConfig, environmentSchema } from './environment-schema.ts'
import { EnvironmentError, meantWord, type Path, readSource, type Source } from './environment-source.ts'

const FOLDER = packageFile('lib', 'environments')

export function environmentNames(folder = FOLDER): readonly string[] {
  return readdirSync(folder)
    .filter(file => file.endsWith('.yaml'))
    .map(file => file.slice(0, -'.yaml'.length))
    .sort()
}

/** Where an environment is kept, and how its errors call it. */
interface Place {
  readonly path: string
  readonly file: string
  /** What the file has to call itself. */
  readonly name: string
}

/** Whether an environment was named by the path of a file of one's own. */
export function isEnvironmentPath(named: string): boolean {
  return /[/\\]/.test(named) || /\.ya?ml$/.test(named)
}

/** How errors call the file of an environment. */
export function environmentFile(named: string): string {
  return isEnvironmentPath(named) ? named : `lib/environments/${named}.yaml`
}

/** For programs that run in another folder: a path is made absolute, a name stays. */
export function environmentFromAnywhere(named: string): string {
  return isEnvironmentPath(named) ? resolve(named) : named
}

/** @throws EnvironmentError when it is neither the name of an environment here nor looks like a path. */
function placeOf(named: string, folder: string): Place {
  if (isEnvironmentPath(named)) return { path: named, file: named, name: basename(named, extname(named)) }
  const names = environmentNames(folder)
  if (!names.includes(named))
    throw new EnvironmentError([
      `environment=${named}: there is no such environment; expected one of ${names.join(', ')}, or the path of a file of your own such as ./${named}.yaml`,
    ])
  return { path: join(folder, `${named}.yaml`), file: environmentFile(named), name: named }
}

/**
 * @param named one of `environmentNames`, or the path of a file of one's own.
 * @param today `2027-06-30`: an environment whose day has passed is then refused. @default none is
 * @throws EnvironmentError naming each file, key and expectation.
 */
export function loadEnvironment(named: string, folder = FOLDER, today?: string): EnvironmentConfig {
  const { path, file, name } = placeOf(named, folder)
  const own = readSource(path, file)
  const { basis: basisName, ...rest } = own.value
  if (basisName === undefined) return parse(rest, [own], name, today)
  if (typeof basisName !== 'string')
    throw new EnvironmentError([`${own.at(['basis'])}: expected the name of a file`])
  const basisFile = join(folder, 'basis', `${basisName}.yaml`)
  if (!existsSync(basisFile)) {
    throw new EnvironmentError([
      `${own.at(['basis'])}: expected the name of a file in lib/environments/basis`,
    ])
  }
  const basis = readSource(basisFile, `lib/environments/basis/${basisName}.yaml`)
  const both = Object.keys(rest).filter(key => key in basis.value)
  if (both.length > 0) {
    throw new EnvironmentError(
      both.map(
        key => `${own.at([key])}: decided by ${basis.file}, so that environments on it stay comparable`,
      ),
    )
  }
  return parse({ ...basis.value, ...rest }, [own, basis], name, today)
}

/** As runs and prices call it: a platform with its zone router on has a name of its own. */
export function platformIn({ platform, zoneRouter }: EnvironmentConfig): PlatformName {
  const routed = PLATFORMS.find(({ variantOf, routesByZone }) => variantOf === platform && routesByZone)
  return zoneRouter && routed ? routed.name : platform
}

function parse(
  value: object,
  sources: readonly Source[],
  name: string,
  today: string | undefined,
): EnvironmentConfig {
  const place = (path: Path) =>
    (sources.find(source => String(path[0]) in source.value) ?? sources[0])?.at(path)
  const parsed = environmentSchema.safeParse(value)
  if (!parsed.success) {
    // A value may break two rules that want the same of it.
    const problems = new Set(
      parsed.error.issues.flatMap(issue => {
        const path = issue.path as Path
        if (issue.code === 'unrecognized_keys')
          return issue.keys.map(key => `${place([...path, key])}: ${unknownKey(key, path)}`)
        const isMissing = valueAt(value, path) === undefined
        return [`${place(path)}: ${isMissing ? 'missing; ' : ''}${wanted(issue)}`]
      }),
    )
    throw new EnvironmentError([...problems])
  }
  const found = inconsistencies(parsed.data, name, today)
  if (found.length > 0)
    throw new EnvironmentError(found.map(([path, message]) => `${place(path)}: ${message}`))
  return parsed.data
}

function unknownKey(key: string, path: Path): string {
  const meant = meantWord(key, keysAt(path))
  return `unknown key; ${meant === undefined ? '' : `did you mean ${meant}? `}expected one of ${keysAt(path).join(', ')}`
}

/** Where a key brings no words of its own. */
function wanted(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') return `expected one of ${issue.values.join(', ')}`
  if (issue.code === 'invalid_type' && issue.expected === 'object')
    return `expected a map with ${keysAt(issue.path as Path).join(', ')}`
  return issue.message
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, step) => (at as Record<string, unknown> | undefined)?.[String(step)],
    value,
  )
}

function keysAt(path: Path): readonly string[] {
  const json = z.toJSONSchema(environmentSchema, { io: 'input', unrepresentable: 'any' }) as JsonObject
  const found = path.reduce<JsonObject | undefined>((at, step) => at?.properties?.[String(step)], json)
  return Object.keys(found?.properties ?? {})
}

interface JsonObject {
  readonly properties?: Record<string, JsonObject>
}
