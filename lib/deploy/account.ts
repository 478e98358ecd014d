import { DeployError } from './deploy-error.ts'
import { fetchText } from './fetch-text.ts'

/** Whose credentials these are. */
export interface Caller {
  readonly account: string
  readonly arn: string
}

export interface DeployedStack {
  readonly name: string
  /** CloudFormation's: `CREATE_COMPLETE`. */
  readonly status: string
}

/** What has to be known of an account before something is done in it. */
export interface AwsAccount {
  /** @throws DeployError `unavailable` when there are no credentials, or AWS does not take them. */
  caller(region: string): Promise<Caller>
  /** All stacks that exist. */
  stacks(region: string): Promise<readonly DeployedStack[]>
}

const CREDENTIALS_HINT = `Set AWS_PROFILE to a profile that works (\`aws sso login\` renews it), or AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY
and, for a role, AWS_SESSION_TOKEN. Where a profile asks for a code:
  eval "$(aws configure export-credentials --profile NAME --format env)"`

/** Long enough for a slow way to AWS; no answer at all is an answer too. */
const TIMEOUT_MS = 30_000

/** The account that the credentials of the environment belong to; they are found as the CDK finds its own. */
export function awsAccount(env: NodeJS.ProcessEnv = process.env, timeoutMs: number = TIMEOUT_MS): AwsAccount {
  const query = (service: Service, region: string, parameters: Record<string, string>) =>
    signedQuery({ service, region, parameters, env, timeoutMs })
  return {
    async caller(region) {
      const xml = await query(STS, region, { Action: 'GetCallerIdentity' })
      const account = textOf(xml, 'Account')
      if (/^\d{12}$/.test(account)) return { account, arn: textOf(xml, 'Arn') }
      throw new DeployError('unavailable', `what answered for STS named no account: ${xml.slice(0, 200)}`, {
        hint: 'A proxy may have answered, or AWS_ENDPOINT_URL may point elsewhere.',
      })
    },
    async stacks(region) {
      const found: DeployedStack[] = []
      let NextToken = ''
      do {
        const xml = await query(CLOUDFORMATION, region, {
          Action: 'DescribeStacks',
          ...(NextToken === '' ? {} : { NextToken }),
        })
        found.push(...stacksIn(xml))
        NextToken = textOf(xml, 'NextToken')
      } while (NextToken !== '')
      return found
    },
  }
}

interface Service {
  readonly name: string
  readonly version: string
}
const STS: Service = { name: 'sts', version: '2011-06-15' }
const CLOUDFORMATION: Service = { name: 'cloudformation', version: '2010-05-15' }

interface Query {
  readonly service: Service
  readonly region: string
  readonly parameters: Readonly<Record<string, string>>
  readonly env: NodeJS.ProcessEnv
  readonly timeoutMs: number
}

/** Two calls are no reason for two more clients: the one for prices finds credentials and signs just as well. */
async function signedQuery({ service, region, parameters, env, timeoutMs }: Query): Promise<string> {
  const url = endpoint(service, region, env)
  const signed = await signer(service, region, env).then(
    signatory =>
      signatory.sign({
        method: 'POST',
        protocol: url.protocol,
        hostname: url.hostname,
        ...(url.port === '' ? {} : { port: Number(url.port) }),
        path: '/',
        query: {},
        headers: { host: url.host, 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ ...parameters, Version: service.version }).toString(),
      }),
    (cause: unknown) => {
      const profile = profileOf(env)
      const where = profile === undefined ? '' : ` (AWS_PROFILE is ${profile})`
      throw new DeployError('unavailable', `there are no AWS credentials: ${oneLine(cause)}${where}`, {
        hint: CREDENTIALS_HINT,
      })
    },
  )
  const { host: _set, ...headers } = signed.headers
  const init = { method: 'POST', headers, body: String(signed.body) }
  const answer = await fetchText(url, init, timeoutMs).catch((error: unknown) => {
    throw new DeployError('unavailable', `${url.host} cannot be reached: ${oneLine(error)}`, {
      hint: 'This machine needs a way to it. Through a proxy: Node.js 24 with NODE_USE_ENV_PROXY=1 and HTTPS_PROXY.',
    })
  })
  if (answer.ok) return answer.text
  throw refusal(service, answer.status, answer.text)
}

function refusal({ name }: Service, status: number, xml: string): DeployError {
  const code = textOf(xml, 'Code')
  const said = [code || `HTTP ${status}`, textOf(xml, 'Message')].filter(Boolean).join(': ')
  return name === STS.name
    ? new DeployError('unavailable', `AWS does not take these credentials: ${said}`, {
        hint: CREDENTIALS_HINT,
      })
    : new DeployError('unavailable', `AWS does not say which stacks there are: ${said}`, {
        hint: 'These credentials need the permission cloudformation:DescribeStacks.',
      })
}

async function signer({ name }: Service, region: string, env: NodeJS.ProcessEnv) {
  // The lock file pins the SDK: what later versions will need is no news to whoever deploys.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
  const { PricingClient } = await import('@aws-sdk/client-pricing')
  const client = new PricingClient({ region, ...credentialsOf(env) })
  await client.config.credentials()
  return client.config.signer({
    name: 'sigv4',
    signingName: name,
    signingRegion: region,
    properties: {},
  })
}

/** Keys in the environment come before a profile, for the CDK too; the SDK itself would take the profile. */
function credentialsOf(env: NodeJS.ProcessEnv) {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = env
  if (AWS_ACCESS_KEY_ID && AWS_SECRET_ACCESS_KEY) {
    const keys = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY }
    return { credentials: { ...keys, ...(AWS_SESSION_TOKEN ? { sessionToken: AWS_SESSION_TOKEN } : {}) } }
  }
  const profile = profileOf(env)
  return profile === undefined ? {} : { profile }
}

function profileOf(env: NodeJS.ProcessEnv): string | undefined {
  return env.AWS_PROFILE || env.AWS_DEFAULT_PROFILE || undefined
}

function endpoint({ name }: Service, region: string, env: NodeJS.ProcessEnv): URL {
  const own = env[`AWS_ENDPOINT_URL_${name.toUpperCase()}`] ?? env.AWS_ENDPOINT_URL
  return new URL(own ?? `https://${name}.${region}.amazonaws.com`)
}

/** Each stack of an answer has one name and one status, in whichever order. */
function stacksIn(xml: string): DeployedStack[] {
  const names = [...xml.matchAll(/<StackName>([^<]+)<\/StackName>/g)].map(([, name = '']) => name)
  const states = [...xml.matchAll(/<StackStatus>([^<]+)<\/StackStatus>/g)].map(([, status = '']) => status)
  return names
    .map((name, index) => ({ name, status: states[index] ?? '' }))
    .filter(({ status }) => status !== 'DELETE_COMPLETE')
}

function textOf(xml: string, element: string): string {
  return new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml)?.[1]?.trim() ?? ''
}

function oneLine(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : ''
  return `${error.message}${cause}`.replace(/\s+/g, ' ')
}
