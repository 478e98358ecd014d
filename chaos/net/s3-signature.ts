import { createHash, createHmac } from 'node:crypto'

/**
 * AWS Signature Version 4 for S3, as its reference describes it: the one thing that an SDK would be needed for. It
 * is our own because a proof must not share code with what it proves, and a dependency for fifty lines is dear.
 */
export interface SigningKey {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly region: string
}

export interface UnsignedRequest {
  readonly method: string
  /** Already encoded. */
  readonly path: string
  /** Not encoded. */
  readonly query?: Readonly<Record<string, string>>
  /** Names in lower case; all of them are signed. `host` must be among them. */
  readonly headers: Readonly<Record<string, string>>
  /** The SHA-256 of the body in hex, or one of S3's words for bodies that are not signed. */
  readonly payload: string
}

export const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex')

/** The query as it must stand in the URL, so that it is the one that was signed. */
export function canonicalQuery(query: Readonly<Record<string, string>> = {}): string {
  return Object.entries(query)
    .map(([key, value]) => `${encode(key)}=${encode(value)}`)
    .sort()
    .join('&')
}

/** All headers that the request must have. */
export function signedHeaders(
  request: UnsignedRequest,
  { accessKeyId, secretAccessKey, region }: SigningKey,
  wallMs: number,
): Record<string, string> {
  const time = new Date(wallMs).toISOString().replace(/[-:]|\.\d+/g, '')
  const headers: Record<string, string> = {
    ...request.headers,
    'x-amz-content-sha256': request.payload,
    'x-amz-date': time,
  }
  const names = Object.keys(headers).sort()
  const canonical = [
    request.method,
    request.path,
    canonicalQuery(request.query),
    ...names.map(name => `${name}:${headers[name]?.trim()}`),
    '',
    names.join(';'),
    request.payload,
  ].join('\n')
  const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`
  const toSign = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n')
  const key = scope
    .split('/')
    .reduce<Buffer>((secret, part) => hmac(secret, part), Buffer.from(`AWS4${secretAccessKey}`))
  return {
    ...headers,
    authorization:
      `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, ` +
      `SignedHeaders=${names.join(';')}, Signature=${hmac(key, toSign).toString('hex')}`,
  }
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

/** RFC 3986, which is stricter than JavaScript. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
