import assert from 'node:assert/strict'
import { operationOf } from '../../../chaos/drivers/local/store/s3-proxy/operation.ts'

const COPY = { 'x-amz-copy-source': '/b/other' }
const KNOWN: readonly (readonly [method: string, url: string, operation: string, headers?: object])[] = [
  ['PUT', '/b/k', 'PutObject'],
  ['PUT', '/b/deep/k?x-id=PutObject', 'PutObject'],
  ['PUT', '/b/k', 'CopyObject', COPY],
  ['PUT', '/b/k?partNumber=1&uploadId=u', 'UploadPart'],
  ['PUT', '/b/k?uploadId=u&partNumber=1', 'UploadPartCopy', COPY],
  ['POST', '/b/k?uploads', 'CreateMultipartUpload'],
  ['POST', '/b/k?uploads=', 'CreateMultipartUpload'],
  ['POST', '/b/k?uploadId=u', 'CompleteMultipartUpload'],
  ['DELETE', '/b/k?uploadId=u', 'AbortMultipartUpload'],
  ['DELETE', '/b/k', 'DeleteObject'],
  ['DELETE', '/b/k?versionId=1', 'DeleteObject'],
  ['POST', '/b?delete', 'DeleteObjects'],
  ['POST', '/b/?delete=', 'DeleteObjects'],
  ['GET', '/b/k', 'GetObject'],
  ['GET', '/b/k?x-id=GetObject&response-content-type=text%2Fplain', 'GetObject'],
  ['GET', '/b/uploads?partNumber=2', 'GetObject'],
  ['HEAD', '/b/k', 'HeadObject'],
  ['GET', '/b?list-type=2&prefix=delete', 'ListObjects'],
  ['GET', '/b/', 'ListObjects'],
  ['GET', '/b/k?uploadId=u', 'Other'],
  ['GET', '/b?uploads', 'Other'],
  ['GET', '/b?location', 'Other'],
  ['GET', '/b/k?tagging', 'Other'],
  ['PUT', '/b/k?acl', 'Other'],
  ['DELETE', '/b/k?tagging', 'Other'],
  ['POST', '/b/k?select&select-type=2', 'Other'],
  ['GET', '/', 'Other'],
  ['HEAD', '/b', 'Other'],
  ['PUT', '/b', 'Other'],
  ['DELETE', '/b/', 'Other'],
  ['OPTIONS', '/b/k', 'Other'],
]

describe('what an S3 request asks for', () => {
  for (const [method, url, operation, headers] of KNOWN) {
    it(`${method} ${url}${headers ? ' with a source' : ''} is ${operation}`, () => {
      assert.equal(operationOf(method, url, { ...headers }), operation)
    })
  }
})
