import { X509Certificate } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isMap, LineCounter, parseDocument, type Document } from 'yaml'
import { z } from 'zod'

/**
 * An environment is one YAML file under `lib/environments`: a platform, where it runs, and how large. Files
 * on one `basis` share everything that the basis decides and may decide only the rest.
 */

const INSTANCE_TYPE = /^[a-z][a-z0-9-]*\.[a-z0-9]+$/
const instanceType = z.string().regex(INSTANCE_TYPE, 'expected an instance type such as m7g.large')
const positive = z.number().positive()
const count = z.number().int().positive()

/** A file that nodes need: where the deploying machine gets it, and what it must be. */
const distribution = z.strictObject({
  source: z
    .string()
    .regex(
      /^(maven-jars:|maven-file:|https:\/\/|file:)/,
      'expected maven-jars:…, maven-file:…, https://… or file:…',
    )
    .describe('Where the deploying machine gets it (lib/assets/stage-distribution.mjs).'),
  sha256: z
    .string()
    .regex(/^([0-9a-f]{64}|unset)$/, 'expected 64 hexadecimal digits, or unset')
    .describe('Checked when it is staged and again on each node; `unset` stops the deployment.'),
})

const network = z.strictObject({
  cidr: z
    .string()
    .regex(/^\d+\.\d+\.\d+\.\d+\/16$/, 'expected a private /16 network such as 10.20.0.0/16')
    .describe('Every zone gets a /20 for brokers and one for clients.'),
  nat: z
    .enum(['none', 'clients', 'all'])
    .describe('Who may reach the internet, through one NAT gateway. Nothing needs it with `host: ec2`.'),
  endpointZones: z
    .union([z.literal(1), z.literal(3)])
    .describe('In how many zones each interface endpoint has an address; each costs an hourly price.'),
  flowLogs: z.boolean(),
})

const workload = z.strictObject({
  retentionHours: positive.describe('The longest that any topic is kept; less where its contract says less.'),
  localRetentionHours: positive.describe('What a tiered platform keeps on its volumes.'),
})

const connect = z.strictObject({
  workersPerZone: count.max(3),
  instanceType,
  distribution,
  sinkPlugin: distribution,
  database: z.strictObject({ instanceType, sizeGiB: count.min(20) }),
})

const fleet = z.strictObject({
  host: z.enum(['ec2', 'fargate']).describe('docs/adr/0010 says when which.'),
  shardsPerZone: count.max(20),
  devicesPerShard: count.max(200_000),
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

/** Whether `text` is certificates of authorities and nothing else: above all no key. */
function isAuthority(text: string): boolean {
  const found = text.match(CERTIFICATE) ?? []
  const rest = text.replaceAll(CERTIFICATE, '').trim()
  if (found.length === 0 || rest !== '' || text.length > MAX_AUTHORITY_BYTES) return false
  try {
    return found.every(pem => new X509Certificate(pem).ca)
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

const schema = z.strictObject({
  environment: z
    .string()
    .regex(/^[a-z][a-z0-9-]{1,20}$/, 'expected a short name in lower case')
    .describe('Part of the name of every stack.'),
  platform: z.enum(['kafka', 'kafka-tiered', 'automq']),
  owner: z.string().min(1),
  costCenter: z.string().min(1),
  expires: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/, "expected a date in quotes such as '2027-06-30'")
    .describe('A tag: when somebody may delete this without asking.'),
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'expected a region such as eu-west-1'),
  zones: z
    .strictObject({ 'az-a': z.string(), 'az-b': z.string(), 'az-c': z.string() })
    .describe('The availability zone behind each name that drills use.'),
  network,
  workload,
  timeouts: z.enum(['tuned', 'defaults']).describe('Whether failover takes seconds or tens of seconds.'),
  security: z.enum(['plaintext', 'sasl-scram']),
  brokers: z.strictObject({ perZone: count.max(3), instanceType }),
  controllers: z
    .strictObject({ instanceType })
    .optional()
    .describe('Nodes of their own for the KRaft quorum; without it, brokers are controllers too.'),
  distribution,
  tierPlugin: z.strictObject({ core: distribution, s3: distribution }).optional(),
  zoneRouter: z.boolean().optional().describe('AutoMQ only: bytes between zones go through S3.'),
  tls: tls.optional().describe('For `security: sasl-scram`; docs/aws.md says how to make it.'),
  fleet,
  connect: connect.optional(),
})

export type EnvironmentConfig = z.output<typeof schema>
export type DistributionConfig = z.output<typeof distribution>

/** What is wrong with an environment file: one line a problem, each with file, key and expectation. */
export class EnvironmentError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.name = 'EnvironmentError'
    this.problems = problems
  }
}

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), 'environments')

export function environmentNames(folder = FOLDER): readonly string[] {
  return readdirSync(folder)
    .filter(file => file.endsWith('.yaml'))
    .map(file => file.slice(0, -'.yaml'.length))
    .sort()
}

/** @throws EnvironmentError naming each file, key and expectation. */
export function loadEnvironment(name: string, folder = FOLDER): EnvironmentConfig {
  const names = environmentNames(folder)
  if (!names.includes(name)) {
    throw new EnvironmentError([
      `environment=${name}: there is no such environment; expected one of ${names.join(', ')}`,
    ])
  }
  const own = readSource(join(folder, `${name}.yaml`), `lib/environments/${name}.yaml`)
  const { basis: basisName, ...rest } = own.value
  if (basisName === undefined) return parse(rest, [own], name)
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
  return parse({ ...basis.value, ...rest }, [own, basis], name)
}

function parse(value: object, sources: readonly Source[], name: string): EnvironmentConfig {
  const place = (path: Path) =>
    (sources.find(source => String(path[0]) in source.value) ?? sources[0])?.at(path)
  const parsed = schema.safeParse(value)
  if (!parsed.success) {
    throw new EnvironmentError(
      parsed.error.issues.flatMap(issue => {
        const path = issue.path as Path
        if (issue.code === 'unrecognized_keys')
          return issue.keys.map(key => `${place([...path, key])}: unknown key; expected ${keysAt(path)}`)
        return [`${place(path)}: ${issue.message}`]
      }),
    )
  }
  const problems = inconsistencies(parsed.data, name).map(([path, message]) => `${place(path)}: ${message}`)
  if (problems.length > 0) throw new EnvironmentError(problems)
  return parsed.data
}

type Path = readonly (string | number)[]

/** What no single key can tell. */
function inconsistencies(config: EnvironmentConfig, name: string): [Path, string][] {
  const { platform, fleet: shards, zones, workload: load } = config
  const only = (key: 'zoneRouter' | 'tierPlugin', of: string): [Path, string][] =>
    config[key] !== undefined && platform !== of ? [[[key], `expected only with platform: ${of}`]] : []
  const needed = (key: 'controllers' | 'tierPlugin', of: string): [Path, string][] =>
    config[key] === undefined && platform === of ? [[[key], `expected with platform: ${of}`]] : []
  return [
    ...(config.environment === name
      ? []
      : [[['environment'], `expected ${name}, the name of the file`] as [Path, string]]),
    ...(new Set(Object.values(zones)).size === 3
      ? []
      : [[['zones'], 'expected three different zones'] as [Path, string]]),
    ...Object.entries(zones)
      .filter(([, zone]) => !zone.startsWith(config.region))
      .map(([key]): [Path, string] => [['zones', key], `expected a zone of ${config.region}`]),
    ...only('zoneRouter', 'automq'),
    ...only('tierPlugin', 'kafka-tiered'),
    ...needed('tierPlugin', 'kafka-tiered'),
    ...needed('controllers', 'automq'),
    ...(load.localRetentionHours > load.retentionHours
      ? [[['workload', 'localRetentionHours'], 'expected at most retentionHours'] as [Path, string]]
      : []),
    ...((config.security === 'sasl-scram') === (config.tls !== undefined)
      ? []
      : [[['tls'], 'expected with security: sasl-scram, and only then'] as [Path, string]]),
    ...fargateProblems(shards, config.network.nat),
  ]
}

const PRIVATE_IMAGE = /^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com\//

/** Whether an image comes from a private registry of the account, which endpoints can reach without NAT. */
export function isPrivateImage(image: string | undefined): boolean {
  return image !== undefined && PRIVATE_IMAGE.test(image)
}

function fargateProblems(shards: EnvironmentConfig['fleet'], nat: string): [Path, string][] {
  if (shards.host === 'ec2')
    return shards.image === undefined ? [] : [[['fleet', 'image'], 'expected only with host: fargate']]
  if (shards.image === undefined) return [[['fleet', 'image'], 'expected with host: fargate']]
  if (nat !== 'none' || isPrivateImage(shards.image)) return []
  return [
    [
      ['fleet', 'image'],
      'expected an image in a private registry of the account (ECR), or network.nat: clients; without either a task cannot pull it',
    ],
  ]
}

interface Source {
  readonly file: string
  readonly value: Record<string, unknown>
  /** `file:line key` of what is at `path`, or of the nearest thing above it that is there. */
  at(path: Path): string
}

function readSource(path: string, file: string): Source {
  const lines = new LineCounter()
  const document = parseDocument(readFileSync(path, 'utf8'), { lineCounter: lines, prettyErrors: false })
  const [broken] = [...document.errors, ...document.warnings]
  if (broken)
    throw new EnvironmentError([`${file}:${lines.linePos(broken.pos[0]).line} ${broken.message} (YAML)`])
  const value: unknown = document.toJS()
  if (!isMap(document.contents)) throw new EnvironmentError([`${file}:1 expected a map of keys`])
  return {
    file,
    value: value as Record<string, unknown>,
    at: where =>
      `${file}:${lines.linePos(offsetOf(document, where)).line || 1} ${where.join('.') || '(file)'}`,
  }
}

function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true) as
      | { range?: [number, number, number] }
      | undefined
    if (node?.range) return node.range[0]
  }
  return 0
}

function keysAt(path: Path): string {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonObject
  const found = path.reduce<JsonObject | undefined>((at, step) => at?.properties?.[String(step)], json)
  return `one of ${Object.keys(found?.properties ?? {}).join(', ')}`
}

interface JsonObject {
  readonly properties?: Record<string, JsonObject>
}
