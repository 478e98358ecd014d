import { createHash, createHmac } from 'node:crypto'
import { AftershockError } from '../core/errors.ts'

const GOOD_FOR_SECONDS = 900
const ACTION = 'kafka-cluster:Connect'
const SERVICE = 'kafka-cluster'
/** As the signers of AWS call themselves: brokers log it. */
const USER_AGENT = 'aftershock'

/**
 * What MSK takes as a token in place of a password: a signed URL of its own service (Signature Version 4, in the
 * query), in base64url. By hand, since AWS's signer for JavaScript brings the SDK of STS and all of its ways to find
 * credentials; here they come from the environment, where `aws configure export-credentials --format env` puts those
 * of any profile.
 *
 * @throws AftershockError `usage` where the environment has no credentials
 */
export function mskToken(
  region: string,
  env: Readonly<Record<string, string | undefined>>,
  wallMs: number,
): { readonly value: string; readonly goodUntilMs: number } {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: session } = env
  if (!id || !secret)
    throw new AftershockError('usage', 'to log in to MSK with IAM takes credentials of AWS', {
      hint: 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: eval "$(aws configure export-credentials --format env)"',
    })
  const host = `kafka.${region}.amazonaws.com`
  const at = `${new Date(wallMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
  const day = at.slice(0, 8)
  const scope = `${day}/${region}/${SERVICE}/aws4_request`
  const query = sorted({
    Action: ACTION,
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${id}/${scope}`,
    'X-Amz-Date': at,
    'X-Amz-Expires': String(GOOD_FOR_SECONDS),
    ...(session && { 'X-Amz-Security-Token': session }),
    'X-Amz-SignedHeaders': 'host',
  })
  const canonical = ['GET', '/', query, `host:${host}\n`, 'host', sha256('')].join('\n')
  const toSign = ['AWS4-HMAC-SHA256', at, scope, sha256(canonical)].join('\n')
  const key = [day, region, SERVICE, 'aws4_request'].reduce<Buffer>(
    (last, word) => hmac(last, word),
    Buffer.from(`AWS4${secret}`),
  )
  const url = `https://${host}/?${query}&X-Amz-Signature=${hmac(key, toSign).toString('hex')}&User-Agent=${USER_AGENT}`
  return {
    value: Buffer.from(url).toString('base64url'),
    goodUntilMs: wallMs + GOOD_FOR_SECONDS * 1000,
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()

function sorted(parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts)
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .toSorted()
    .join('&')
}

/** RFC 3986: four more characters than `encodeURIComponent` does. */
const encoded = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, one => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)
