import type { Clock } from '../../chaos/core/clock.ts'
import { AftershockError, messageOf } from '../../chaos/core/errors.ts'
import { within } from '../../chaos/core/wait.ts'

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
  /** @throws AftershockError `unavailable` when there are no credentials, or AWS does not take them. */
  caller(region: string): Promise<Caller>
  /** All stacks that exist. */
  stacks(region: string): Promise<readonly DeployedStack[]>
}

const CREDENTIALS_HINT = `Set AWS_PROFILE to a profile that works (\`aws sso login\` renews it), or AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY
and, for a role, AWS_SESSION_TOKEN. Where a profile asks for a code:
  eval "$(aws configure export-credentials --profile NAME --format env)"`

/** Of one question with all its attempts and pages: long enough for a slow way to AWS. */
const TIMEOUT_MS = 30_000

/** The account that the credentials of the environment belong to; they are found as the CDK finds its own. */
export function awsAccount(env: NodeJS.ProcessEnv, clock: Clock, timeoutMs: number = TIMEOUT_MS): AwsAccount {
  return {
    async caller(region) {
      const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts')
      const client = new STSClient(clientOptions('sts', region, env))
      const host = hostOf('sts', region, env)
      const question = { client, host, env, clock, timeoutMs, refusal: badCredentials }
      const { Account = '', Arn = '' } = await ask(question, abortSignal =>
        client.send(new GetCallerIdentityCommand(), { abortSignal }),
      )
      if (/^\d{12}$/.test(Account)) return { account: Account, arn: Arn }
      throw noAccount(host)
    },
    async stacks(region) {
      const { CloudFormationClient, paginateDescribeStacks } = await import('@aws-sdk/client-cloudformation')
      const client = new CloudFormationClient(clientOptions('cloudformation', region, env))
      const host = hostOf('cloudformation', region, env)
      return ask({ client, host, env, clock, timeoutMs, refusal: noListing }, async abortSignal => {
        const found: DeployedStack[] = []
        for await (const { Stacks = [] } of paginateDescribeStacks({ client }, {}, { abortSignal }))
          for (const { StackName: name = '', StackStatus: status = '' } of Stacks)
            if (status !== 'DELETE_COMPLETE') found.push({ name, status })
        return found
      })
    },
  }
}

type Service = 'sts' | 'cloudformation'

/** Keys in the environment come before a profile, for the CDK too; the SDK itself would take the profile. */
function clientOptions(service: Service, region: string, env: NodeJS.ProcessEnv) {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = env
  const endpoint = ownEndpoint(service, env)
  const profile = profileOf(env)
  const keys =
    AWS_ACCESS_KEY_ID && AWS_SECRET_ACCESS_KEY
      ? {
          accessKeyId: AWS_ACCESS_KEY_ID,
          secretAccessKey: AWS_SECRET_ACCESS_KEY,
          ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
        }
      : undefined
  return {
    region,
    requestHandler: { connectionTimeout: 5000, requestTimeout: 10_000, throwOnRequestTimeout: true },
    ...(endpoint !== undefined && { endpoint }),
    ...(keys ? { credentials: keys } : profile !== undefined && { profile }),
  }
}

interface Question {
  readonly client: {
    readonly config: { readonly credentials: () => Promise<unknown> }
    destroy(): void
  }
  readonly host: string
  readonly env: NodeJS.ProcessEnv
  readonly clock: Clock
  readonly timeoutMs: number
  /** What an answer means that AWS refused with. `said`: its code and message. */
  readonly refusal: (said: string) => AftershockError
}

/** The SDK ends a request that nobody answers; an answer that begins and never ends is cut off by a timer of our own. */
async function ask<T>(question: Question, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { client, host, env, clock, timeoutMs, refusal } = question
  const over = new AbortController()
  try {
    await client.config.credentials().catch((cause: unknown) => {
      throw noCredentials(cause, profileOf(env))
    })
    return await within(`a whole answer of ${host}`, work(over.signal), { clock, deadlineMs: timeoutMs })
  } catch (error) {
    if (error instanceof AftershockError) throw error
    throw isRefusal(error) ? refusal(`${error.name}: ${error.message}`) : unreachable(host, messageOf(error))
  } finally {
    over.abort()
    client.destroy()
  }
}

/** An error that AWS answered with, and not one of the way to it. */
function isRefusal(error: unknown): error is Error {
  return error instanceof Error && '$fault' in error
}

function noCredentials(cause: unknown, profile: string | undefined): AftershockError {
  const where = profile === undefined ? '' : ` (AWS_PROFILE is ${profile})`
  return new AftershockError('unavailable', `there are no AWS credentials: ${messageOf(cause)}${where}`, {
    source: 'user',
    hint: CREDENTIALS_HINT,
  })
}

function badCredentials(said: string): AftershockError {
  return new AftershockError('unavailable', `AWS does not take these credentials: ${said}`, {
    source: 'user',
    hint: CREDENTIALS_HINT,
  })
}

function noListing(said: string): AftershockError {
  return new AftershockError('unavailable', `AWS does not list the stacks: ${said}`, {
    source: 'user',
    hint: 'These credentials need the permission cloudformation:DescribeStacks.',
  })
}

function noAccount(host: string): AftershockError {
  return new AftershockError('unavailable', `the answer of ${host} names no account`, {
    hint: 'A proxy may have answered, or AWS_ENDPOINT_URL may point elsewhere.',
  })
}

function unreachable(host: string, why: string): AftershockError {
  return new AftershockError('unavailable', `${host} cannot be reached: ${why}`, {
    hint: 'This machine needs a way to it. Through a proxy: Node.js 24 with NODE_USE_ENV_PROXY=1 and HTTPS_PROXY.',
  })
}

function profileOf(env: NodeJS.ProcessEnv): string | undefined {
  return env.AWS_PROFILE || env.AWS_DEFAULT_PROFILE || undefined
}

function ownEndpoint(service: Service, env: NodeJS.ProcessEnv): string | undefined {
  return env[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] ?? env.AWS_ENDPOINT_URL
}

function hostOf(service: Service, region: string, env: NodeJS.ProcessEnv): string {
  return new URL(ownEndpoint(service, env) ?? `https://${service}.${region}.amazonaws.com`).host
}
