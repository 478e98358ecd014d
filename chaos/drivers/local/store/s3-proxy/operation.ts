import type { IncomingHttpHeaders } from 'node:http'
import type { StoreOperation } from '../../../driver.ts'

/**
 * Questions about an object or a bucket that are no reads or writes of data: named by a key of the query, which is
 * all that tells them from the operation proper. From the S3 API reference.
 */
const SUBRESOURCES = new Set(
  (
    'accelerate acl analytics attributes cors encryption intelligent-tiering inventory legal-hold lifecycle ' +
    'location logging metrics notification object-lock ownershipControls policy policyStatus publicAccessBlock ' +
    'replication requestPayment restore retention select tagging torrent versioning versions website'
  ).split(' '),
)

/** What an S3 request asks for, by its method, path, query and headers. Buckets are the path's first part. */
export function operationOf(method: string, url: string, headers: IncomingHttpHeaders): StoreOperation {
  const question = url.indexOf('?')
  const path = question < 0 ? url : url.slice(0, question)
  const query = question < 0 ? new Set<string>() : keysOf(url.slice(question + 1))
  for (const key of query) if (SUBRESOURCES.has(key)) return 'Other'
  const [, bucket = '', ...rest] = path.split('/')
  if (rest.join('/') !== '') return ofObject(method, query, 'x-amz-copy-source' in headers)
  return bucket === '' ? 'Other' : ofBucket(method, query)
}

function ofObject(method: string, query: ReadonlySet<string>, isCopy: boolean): StoreOperation {
  const upload = query.has('uploadId')
  switch (method) {
    case 'GET':
      // With an upload's id it lists parts.
      return upload ? 'Other' : 'GetObject'
    case 'HEAD':
      return 'HeadObject'
    case 'PUT':
      if (upload && query.has('partNumber')) return isCopy ? 'UploadPartCopy' : 'UploadPart'
      return isCopy ? 'CopyObject' : 'PutObject'
    case 'POST':
      if (query.has('uploads')) return 'CreateMultipartUpload'
      return upload ? 'CompleteMultipartUpload' : 'Other'
    case 'DELETE':
      return upload ? 'AbortMultipartUpload' : 'DeleteObject'
    default:
      return 'Other'
  }
}

function ofBucket(method: string, query: ReadonlySet<string>): StoreOperation {
  if (method === 'POST' && query.has('delete')) return 'DeleteObjects'
  return method === 'GET' && !query.has('uploads') ? 'ListObjects' : 'Other'
}

function keysOf(query: string): ReadonlySet<string> {
  return new Set(query.split('&').map(pair => pair.split('=', 1)[0] ?? ''))
}
