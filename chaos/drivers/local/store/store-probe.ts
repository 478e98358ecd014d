import { createHash } from 'node:crypto'
import type { Clock } from '../../../core/clock.ts'
import type { Address } from '../../../core/network.ts'
import { OBJECT_STORE_HOST } from '../../../core/topology.ts'
import { S3_PORT } from '../../../platforms/addresses.ts'
import type { ProbeOperation, StoreReply } from '../../driver.ts'
import { exchangeOverHttp, type HttpReply } from '../../../net/http-call.ts'
import { OPS_BUCKET, STORE_REGION } from './store-runtime.ts'
import { PROBE_AGENT } from './s3-proxy/protocol.ts'
import { canonicalQuery, sha256, signedHeaders } from './s3-signature.ts'

export interface StoreCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
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
function questionOf(operation: ProbeOperation, key: string): Question {
  const copy = { 'x-amz-copy-source': `/${OPS_BUCKET}/${key}` }
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

/**
 * A signed request over a zone's way to the store: what a broker there would see, asked without the proxy's control
 * interface and without its counts.
 */
export async function askStore(
  address: Address,
  credentials: StoreCredentials,
  zone: string,
  operation: ProbeOperation,
  timeoutMs: number,
  clock: Clock,
): Promise<StoreReply> {
  const key = `aftershock-probe/${zone}`
  const ask = (question: Question) => send(address, credentials, question, timeoutMs, clock)
  const { outcome, status, body, ms } = await ask(questionOf(operation, key))
  const uploadId = /<UploadId>([^<]+)<\/UploadId>/.exec(body)?.[1]
  // An upload that nobody ends would stay in the store.
  if (uploadId !== undefined) await ask({ method: 'DELETE', key, query: { uploadId } })
  return { outcome, status, code: /<Code>([^<]+)<\/Code>/.exec(body)?.[1] ?? null, ms }
}

function send(
  address: Address,
  credentials: StoreCredentials,
  { method, key, query, headers, body = '' }: Question,
  timeoutMs: number,
  clock: Clock,
): Promise<HttpReply> {
  const path = `/${OPS_BUCKET}${key === '' ? '' : `/${key}`}`
  const unsigned = {
    method,
    path,
    ...(query && { query }),
    headers: {
      host: `${OBJECT_STORE_HOST}:${S3_PORT}`,
      // S3 asks for it where many objects are deleted at once.
      ...(query?.['delete'] === '' && { 'content-md5': createHash('md5').update(body).digest('base64') }),
      ...headers,
    },
    payload: sha256(body),
  }
  const signed = signedHeaders(unsigned, { ...credentials, region: STORE_REGION }, clock.wallMs())
  return exchangeOverHttp(address, {
    method,
    path: query ? `${path}?${canonicalQuery(query)}` : path,
    headers: { ...signed, 'user-agent': PROBE_AGENT },
    body,
    timeoutMs,
    clock,
  })
}
