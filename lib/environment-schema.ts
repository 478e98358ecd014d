import { X509Certificate } from 'node:crypto'
import { z } from 'zod'
import { PLATFORMS } from '../chaos/platforms/index.ts'
import { instanceMemoryMiB } from './instance-memory.ts'

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

const source = text(
  /^(maven-jars:|maven-file:|https:\/\/|file:)/,
  'expected maven-jars:…, maven-file:…, https://… or file:…',
).describe('Where the deploying machine gets it (lib/assets/stage-distribution.mjs).')
const sha256 = text(/^([0-9a-f]{64}|unset)$/, 'expected 64 hexadecimal digits, or unset')
const AT_LEAST_ONE = 'expected a list of at least one source with its sha256'

/** A file that nodes need: where the deploying machine gets it, and what it must be. */
const distribution = z.strictObject({
  source,
  sha256: sha256.describe('Checked when it is staged and again on each node; `unset` stops the deployment.'),
  mirrors: z
    .array(z.strictObject({ source, sha256 }), AT_LEAST_ONE)
    .min(1, AT_LEAST_ONE)
    .optional()
    .describe(
      'Other places of it, each with a checksum of its own, since who packs it again changes its bytes. The first place that has a checksum is taken, `source` before its mirrors.',
    ),
})

const network = z.strictObject({
  cidr: text(PRIVATE_16, 'expected a private /16 network such as 10.20.0.0/16').describe(
    'Every zone gets a /20 for brokers, one for clients, and a /24 for management, which no drill cuts off.',
  ),
  nat: z
    .enum(['none', 'clients', 'all'])
    .describe('Who may reach the internet, through one NAT gateway. Nothing needs it with `host: ec2`.'),
  endpointZones: z
    .union([z.literal(1), z.literal(3)], 'expected 1 or 3')
    .describe('In how many zones each interface endpoint has an address; each costs an hourly price.'),
  flowLogs: flag.describe(
    'Who talked to whom, and what was refused, each minute, to a bucket. Written with any `nat` too, which is a way out.',
  ),
})

const ami = text(/^ami-[0-9a-f]{8,17}$/, 'expected the id of an image such as ami-0123456789abcdef0')

const image = z
  .strictObject({
    arm64: ami.optional(),
    x86_64: ami.optional(),
    release: text(
      /^2023\.\d+\.\d{8}$/,
      'expected a release of Amazon Linux such as 2023.9.20251117',
    ).optional(),
  })
  .describe(
    'Images of Amazon Linux 2023 by architecture, and the release of packages. @default the newest image when a machine is launched, and its packages',
  )

const workload = z.strictObject({
  load: z
    .union([z.literal(1), z.literal(10), z.literal(50)], 'expected 1, 10 or 50')
    .default(1)
    .describe(
      'How many times the bytes of the fleet below: ten times its shards, and then five times their records.',
    ),
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
  shardsPerZone: count(1, 16),
  devicesPerShard: count(1, 200_000),
  instanceType: instanceType.describe('With `host: fargate`, the size of a task is that of this instance.'),
  image: text(/@sha256:[0-9a-f]{64}$/, 'expected an image by its digest, NAME@sha256:…, since a tag moves')
    .optional()
    .describe(
      'Container image with Node.js 20 or newer and the AWS CLI, for `host: fargate`, by its digest.',
    ),
})

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
const TIME = "expected a time in quotes such as '09:00'"
const time = text(/^([01]\d|2[0-3]):[0-5]\d$/, TIME)

const drillWindow = z
  .strictObject({
    days: z
      .array(z.enum(DAYS), 'expected a list such as [mon, tue]')
      .min(1, 'expected a list such as [mon, tue]'),
    from: time,
    to: time,
    timeZone: z
      .string('expected a zone of time such as Europe/Berlin')
      .refine(isTimeZone, 'expected a zone of time such as Europe/Berlin'),
  })
  .refine(({ from, to }) => from < to, {
    path: ['to'],
    message: 'expected a time after `from`, on the same day',
  })

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

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
      'What the names of secrets begin with, one for each node, `<secret>/<node>`, with node.pem and authority.pem; nobody but that node reads it.',
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

export const environmentSchema = z.strictObject({
  environment: text(/^[a-z][a-z0-9-]{1,20}$/, 'expected a short name in lower case').describe(
    'Part of the name of every stack.',
  ),
  account: text(/^\d{12}$/, "expected the 12 digits of an account, in quotes: '123456789012'")
    .optional()
    .describe('The only account that --yes may touch. @default whichever the credentials are for'),
  platform: z.enum(DEPLOYABLE),
  owner: tagText,
  costCenter: tagText,
  notify: text(
    /^([^@\s]+@[^@\s]+\.[^@\s]+|arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]+)$/,
    'expected a mail address, or the ARN of a topic of SNS',
  )
    .optional()
    .describe(
      'Who is told when a stop alarm goes off, and when it is over. @default nobody: alarms are looked at',
    ),
  expires: text(/^\d{4}-\d{2}-\d{2}$/, A_DAY)
    .refine(isDay, A_DAY)
    .describe(
      'The last day on which it is there: all but the evidence is removed by itself when it ends (UTC).',
    ),
  drillWindow: drillWindow
    .optional()
    .describe('When drills may run there, from their beginning to their end. @default at any time'),
  region: text(/^[a-z]{2}(-[a-z]+)+-\d$/, 'expected a region such as eu-west-1'),
  zones: z
    .strictObject({ 'az-a': zone, 'az-b': zone, 'az-c': zone })
    .describe('The availability zone behind each name that drills use.'),
  network,
  image: image.optional(),
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
  tls: tls
    .optional()
    .describe(
      'For `security: sasl-scram` with certificates of your own (docs/logins.md). @default the deployment makes them',
    ),
  fleet,
  connect: connect.optional(),
  audit: z
    .strictObject({ parts: count(1).max(1000) })
    .optional()
    .describe(
      'In how many parts stored runs can be audited by functions of Lambda, where one machine is too small; it divides the number of partitions of every topic. Absent: there is no such thing.',
    ),
})

export type EnvironmentConfig = z.output<typeof environmentSchema>
export type DistributionConfig = z.output<typeof distribution>
