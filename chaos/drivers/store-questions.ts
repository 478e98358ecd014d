import { createHash } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import type { Address } from '../core/network.ts'
import { exchangeOverHttp, type HttpReply } from '../net/http-call.ts'
import { canonicalQuery, sha256, type SigningKey, signedHeaders } from '../net/s3-signature.ts'
import type { ProbeOperation, StoreReply } from './driver.ts'

/** Where a store is, and as whom it is asked. */
export interface AskedStore {
  readonly address: Address
  /** As requests name it, `bucket.s3.eu-west-1.amazonaws.com`. */
  readonly host: string
  readonly bucket: string
  /** Whether the bucket stands in the path, and not in the host's name. */
  readonly isInPath: boolean
  readonly isSecure: boolean
  readonly key: SigningKey & { readonly sessionToken?: string | undefined }
  /** @default that of Node.js */
  readonly userAgent?: string
}

interface Question {
  readonly method: string
  /** Below the bucket; '' is the bucket itself. */
  readonly key: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Of no upload: the store says so (404), which shows as well as success does that it was asked. */
const NO_UPLOAD = 'aftershock-no-such-upload'

/** What each operation is asked with, on an object that is nobody's but ours. */
function questionOf(operation: ProbeOperation, bucket: string, key: string): Question {
  const copy = { 'x-amz-copy-source': `/${bucket}/${key}` }
  const part = { uploadId: NO_UPLOAD, partNumber: '1' }
  switch (operation) {
    case 'PutObject':
      return { method: 'PUT', key, body: 'is anybody there?' }
    case 'GetObject':
      return { method: 'GET', key }
    case 'HeadObject':
      return { method: 'HEAD', key }
    case 'DeleteObject':
      return { method: 'DELETE', key }
    case 'DeleteObjects':
      return {
        method: 'POST',
        key: '',
        query: { delete: '' },
        body: `<Delete><Quiet>true</Quiet><Object><Key>${key}</Key></Object></Delete>`,
      }
    case 'ListObjects':
      return { method: 'GET', key: '', query: { 'list-type': '2', 'max-keys': '1', prefix: key } }
    case 'CopyObject':
      return { method: 'PUT', key: `${key}-copy`, headers: copy }
    case 'CreateMultipartUpload':
      return { method: 'POST', key, query: { uploads: '' } }
    case 'UploadPart':
      return { method: 'PUT', key, query: part, body: 'is anybody there?' }
    case 'UploadPartCopy':
      return { method: 'PUT', key, query: part, headers: copy }
    case 'CompleteMultipartUpload':
      return {
        method: 'POST',
        key,
        query: { uploadId: NO_UPLOAD },
        body:
          '<CompleteMultipartUpload><Part><PartNumber>1</PartNumber>' +
          `<ETag>"${'0'.repeat(32)}"</ETag></Part></CompleteMultipartUpload>`,
      }
    case 'AbortMultipartUpload':
      return { method: 'DELETE', key, query: { uploadId: NO_UPLOAD } }
  }
}

/** A signed request of our own on an object of our own. What it began there does not stay. */
export async function askObjectStore(
  store: AskedStore,
  key: string,
  operation: ProbeOperation,
  timeoutMs: number,
  clock: Clock,
): Promise<StoreReply> {
  const ask = (question: Question) => send(store, question, timeoutMs, clock)
  const { outcome, status, body, ms } = await ask(questionOf(operation, store.bucket, key))
  const uploadId = /<UploadId>([^<]+)<\/UploadId>/.exec(body)?.[1]
  // An upload that nobody ends would stay in the store.
  if (uploadId !== undefined) await ask({ method: 'DELETE', key, query: { uploadId } })
  return { outcome, status, code: /<Code>([^<]+)<\/Code>/.exec(body)?.[1] ?? null, ms }
}

function send(
  { address, host, bucket, isInPath, isSecure, key: own, userAgent }: AskedStore,
  { method, key, query, headers, body = '' }: Question,
  timeoutMs: number,
  clock: Clock,
): Promise<HttpReply> {
  const path = isInPath ? `/${bucket}${key === '' ? '' : `/${key}`}` : `/${key}`
  const unsigned = {
    method,
    path,
    ...(query && { query }),
    headers: {
      host,
      // S3 asks for it where many objects are deleted at once.
      ...(query?.['delete'] === '' && { 'content-md5': createHash('md5').update(body).digest('base64') }),
      ...(own.sessionToken !== undefined && { 'x-amz-security-token': own.sessionToken }),
      ...headers,
    },
    payload: sha256(body),
  }
  const signed = signedHeaders(unsigned, own, clock.wallMs())
  return exchangeOverHttp(address, {
    method,
    path: query ? `${path}?${canonicalQuery(query)}` : path,
    headers: { ...signed, ...(userAgent !== undefined && { 'user-agent': userAgent }) },
    body,
    timeoutMs,
    isSecure,
    clock,
  })
}
