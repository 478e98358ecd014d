import type { Clock } from '../../chaos/core/clock.ts'
import { AftershockError, messageOf } from '../../chaos/core/errors.ts'
import { within } from '../../chaos/core/wait.ts'

/** How AWS is asked: with the credentials that the CDK would take, and never for longer than a deadline. */

/** As the variable of an endpoint of one's own calls it, `AWS_ENDPOINT_URL_SERVICE_QUOTAS`, in small letters. */
export type Service = 'sts' | 'cloudformation' | 'ec2' | 'service-quotas' | 'iam' | 's3'

/** Where questions come from. */
export interface Asker {
  readonly env: NodeJS.ProcessEnv
  readonly clock: Clock
  /** Of one question with all its attempts and pages. */
  readonly timeoutMs: number
}

/** Long enough for a slow way to AWS. */
export const ANSWER_TIMEOUT_MS = 30_000

export const CREDENTIALS_HINT = `Set AWS_PROFILE to a profile that works (\`aws sso login\` renews it), or AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY
and, for a role, AWS_SESSION_TOKEN. Where a profile asks for a code:
  eval "$(aws configure export-credentials --profile NAME --format env)"`

/** Keys in the environment come before a profile, for the CDK too; the SDK itself would take the profile. */
export function clientOptions(service: Service, region: string, env: NodeJS.ProcessEnv) {
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

/** A client of the SDK, as far as all are alike. */
interface Client {
  readonly config: { readonly credentials: () => Promise<unknown> }
  destroy(): void
}

interface Question<C extends Client> {
  readonly client: C
  readonly host: string
  readonly asker: Asker
  /** What an answer means that AWS refused with. `said`: its code and message. */
  readonly refusal: (said: string) => AftershockError
}

/** The SDK ends a request that nobody answers; an answer that begins and never ends is cut off by a timer of our own. */
export async function ask<C extends Client, T>(
  question: Question<C>,
  work: (client: C, abortSignal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { client, host, asker, refusal } = question
  const { env, clock, timeoutMs } = asker
  const over = new AbortController()
  try {
    await client.config.credentials().catch((cause: unknown) => {
      throw noCredentials(cause, profileOf(env))
    })
    return await within(`a whole answer of ${host}`, work(client, over.signal), {
      clock,
      deadlineMs: timeoutMs,
    })
  } catch (error) {
    if (error instanceof AftershockError) throw error
    throw isRefusal(error) ? refusal(`${error.name}: ${error.message}`) : unreachable(host, messageOf(error))
  } finally {
    over.abort()
    client.destroy()
  }
}

/** The name of an error that AWS answered with: `NoSuchEntityException`. */
export function refusalName(error: unknown): string | undefined {
  return isRefusal(error) ? error.name : undefined
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

function unreachable(host: string, why: string): AftershockError {
  return new AftershockError('unavailable', `${host} cannot be reached: ${why}`, {
    hint: 'This machine needs a way to it. Through a proxy: Node.js 24 with NODE_USE_ENV_PROXY=1 and HTTPS_PROXY.',
  })
}

function profileOf(env: NodeJS.ProcessEnv): string | undefined {
  return env.AWS_PROFILE || env.AWS_DEFAULT_PROFILE || undefined
}

function ownEndpoint(service: Service, env: NodeJS.ProcessEnv): string | undefined {
  return env[`AWS_ENDPOINT_URL_${service.toUpperCase().replaceAll('-', '_')}`] ?? env.AWS_ENDPOINT_URL
}

/** Those that are not called as their service, or are the same for all regions. */
const HOSTS: Partial<Record<Service, string>> = { 'service-quotas': 'servicequotas', iam: 'iam' }

/** For people, who have to know whom nobody reaches. */
export function hostOf(service: Service, region: string, env: NodeJS.ProcessEnv): string {
  return new URL(
    ownEndpoint(service, env) ?? `https://${HOSTS[service] ?? `${service}.${region}`}.amazonaws.com`,
  ).host
}
