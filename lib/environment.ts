import { PLATFORMS } from '../chaos/platforms/index.ts'
import { X509Certificate } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { basename, extname, join, resolve } from 'node:path'
import { z } from 'zod'
import { packageFile } from '../chaos/package-root.ts'
import { inconsistencies } from './environment-rules.ts'
import { EnvironmentError, meantWord, type Path, readSource, type Source } from './environment-source.ts'
import { instanceMemoryMiB } from './sizing.ts'

export { isPrivateImage } from './environment-rules.ts'
export { EnvironmentError } from './environment-source.ts'

/**
 * An environment is one YAML file, under `lib/environments` or anywhere: a platform, where it runs, and how large. Files
 * on one `basis` share everything that the basis decides and may decide only the rest.
 */

/** A text that says what was expected whatever is wrong with it, a key that is missing too. */
const text = (pattern: RegExp, expectation: string) => z.string(expectation).regex(pattern, expectation)

const KNOWN_TYPE = 'expected an instance type such as m7g.large: a t, m, r or c type up to 4xlarge'
const instanceType = text(/^[tmrc]\d[a-z-]*\.[a-z0-9]+$/, KNOWN_TYPE).refine(hasKnownMemory, KNOWN_TYPE)
const ABOVE_ZERO = 'expected a number above 0'
const positive = z.number(ABOVE_ZERO).positive(ABOVE_ZERO)
const count = (least = 1, most = Number.MAX_SAFE_INTEGER) => {
  const range = most === Number.MAX_SAFE_INTEGER ? `, ${least} or more` : ` from ${least} to ${most}`
  const expectation = `expected a whole number${range}`
  return z.number(expectation).int(expectation).min(least, expectation).max(most, expectation)
}
const zone = z.string('expected a zone such as eu-west-1a')
const flag = z.boolean('expected true or false')

/** Heaps and tasks are sized from the memory of their machines (lib/sizing.ts). */
function hasKnownMemory(type: string): boolean {
  try {
    return instanceMemoryMiB(type) > 0
  } catch {
    return false
  }
}

/** What AWS takes as the value of a tag. */
const tagText = text(
  /^[\p{L}\p{N}\p{Zs}_.:/=+\-@]{1,256}$/u,
  'expected what a tag may hold: letters, digits, spaces and _ . : / = + - @, at most 256',
)

/** Only these are nobody else's on the internet (RFC 1918). */
const PRIVATE_16 = /^(10\.(\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])|172\.(1[6-9]|2\d|3[01])|192\.168)\.0\.0\/16$/

/** Whether a text of the form 2027-06-30 is a day of the calendar: no 31st of June. */
function isDay(day: string): boolean {
  const parsed = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(day)
}

/** A file that nodes need: where the deploying machine gets it, and what it must be. */
const distribution = z.strictObject({
  source: text(
    /^(maven-jars:|maven-file:|https:\/\/|file:)/,
    'expected maven-jars:…, maven-file:…, https://… or file:…',
  ).describe('Where the deploying machine gets it (lib/assets/stage-distribution.mjs).'),
  sha256: text(/^([0-9a-f]{64}|unset)$/, 'expected 64 hexadecimal digits, or unset').describe(
    'Checked when it is staged and again on each node; `unset` stops the deployment.',
  ),
})

const network = z.strictObject({
  cidr: text(PRIVATE_16, 'expected a private /16 network such as 10.20.0.0/16').describe(
    'Every zone gets a /20 for brokers and one for clients.',
  ),
  nat: z
    .enum(['none', 'clients', 'all'])
    .describe('Who may reach the internet, through one NAT gateway. Nothing needs it with `host: ec2`.'),
  endpointZones: z
    .union([z.literal(1), z.literal(3)], 'expected 1 or 3')
    .describe('In how many zones each interface endpoint has an address; each costs an hourly price.'),
  flowLogs: flag.describe('Who talked to whom. Written with any `nat` too, which is a way out.'),
})

const workload = z.strictObject({
  retentionHours: positive.describe('The longest that any topic is kept; less where its contract says less.'),
  localRetentionHours: positive.describe('What a tiered platform keeps on its volumes.'),
})

const connect = z.strictObject({
  workersPerZone: count(1, 3),
  instanceType,
  distribution,
  sinkPlugin: distribution,
  database: z.strictObject({ instanceType, sizeGiB: count(20) }),
})

const fleet = z.strictObject({
  host: z.enum(['ec2', 'fargate']).describe('docs/adr/0010 says when which.'),
  shardsPerZone: count(1, 20),
  devicesPerShard: count(1, 200_000),
  instanceType: instanceType.describe('With `host: fargate`, the size of a task is that of this instance.'),
  image: z
    .string()
    .min(1)
    .optional()
    .describe('Container image with Node.js 20 or newer and the AWS CLI, for `host: fargate`.'),
})

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g

/** A parameter of Systems Manager holds it, in 4 KiB. */
const MAX_AUTHORITY_BYTES = 4096

/** Whether `pem` is certificates of authorities and nothing else: above all no key. */
function isAuthority(pem: string): boolean {
  const found = pem.match(CERTIFICATE) ?? []
  const rest = pem.replaceAll(CERTIFICATE, '').trim()
  if (found.length === 0 || rest !== '' || pem.length > MAX_AUTHORITY_BYTES) return false
  try {
    return found.every(one => new X509Certificate(one).ca)
  } catch {
    return false
  }
}

const tls = z.strictObject({
  secret: z
    .string()
    .min(1)
    .describe(
      'Name of the secret with node.pem and authority.pem; nobody but nodes of the cluster reads it.',
    ),
  authority: z
    .string()
    .refine(
      isAuthority,
      'expected the PEM text of the certificates in authority.pem, each of which may sign others',
    )
    .describe('The same authority.pem again, for clients: it is no secret.'),
})

const A_DAY = "expected a date in quotes such as '2027-06-30'"

/** A variant is a key of its own in an environment: `zoneRouter`. */
const DEPLOYABLE = PLATFORMS.filter(({ variantOf }) => variantOf === null).map(({ name }) => name)

const schema = z.strictObject({
  environment: text(/^[a-z][a-z0-9-]{1,20}$/, 'expected a short name in lower case').describe(
    'Part of the name of every stack.',
  ),
  account: text(/^\d{12}$/, "expected the 12 digits of an account, in quotes: '123456789012'")
    .optional()
    .describe('The only account that --yes may touch. @default whichever the credentials are for'),
  platform: z.enum(DEPLOYABLE),
  owner: tagText,
  costCenter: tagText,
  expires: text(/^\d{4}-\d{2}-\d{2}$/, A_DAY)
    .refine(isDay, A_DAY)
    .describe('A tag: when somebody may delete this without asking.'),
  region: text(/^[a-z]{2}(-[a-z]+)+-\d$/, 'expected a region such as eu-west-1'),
  zones: z
    .strictObject({ 'az-a': zone, 'az-b': zone, 'az-c': zone })
    .describe('The availability zone behind each name that drills use.'),
  network,
  workload,
  timeouts: z.enum(['tuned', 'defaults']).describe('Whether failover takes seconds or tens of seconds.'),
  security: z.enum(['plaintext', 'sasl-scram']),
  brokers: z.strictObject({ perZone: count(1, 3), instanceType }),
  controllers: z
    .strictObject({ instanceType })
    .optional()
    .describe('Nodes of their own for the KRaft quorum; without it, brokers are controllers too.'),
  distribution,
  tierPlugin: z.strictObject({ core: distribution, s3: distribution }).optional(),
  zoneRouter: flag.optional().describe('AutoMQ only: bytes between zones go through S3.'),
  tls: tls.optional().describe('For `security: sasl-scram`; docs/logins.md says how to make it.'),
  fleet,
  connect: connect.optional(),
})

export type EnvironmentConfig = z.output<typeof schema>
export type DistributionConfig = z.output<typeof distribution>

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

function parse(
  value: object,
  sources: readonly Source[],
  name: string,
  today: string | undefined,
): EnvironmentConfig {
  const place = (path: Path) =>
    (sources.find(source => String(path[0]) in source.value) ?? sources[0])?.at(path)
  const parsed = schema.safeParse(value)
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
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonObject
  const found = path.reduce<JsonObject | undefined>((at, step) => at?.properties?.[String(step)], json)
  return Object.keys(found?.properties ?? {})
}

interface JsonObject {
  readonly properties?: Record<string, JsonObject>
}
