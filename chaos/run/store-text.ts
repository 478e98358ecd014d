import { AftershockError, messageOf } from '../core/errors.ts'
import { placeOf } from './store-once.ts'

/**
 * Puts a text where nothing is yet. What is there already stays, and is no error: whoever makes the same again, as a
 * function that is invoked twice does, has made it.
 * @param uri `s3://bucket/key`
 * @throws AftershockError `unavailable` when S3 does not take it
 */
export async function storeText(uri: string, text: string): Promise<void> {
  const { bucket, prefix: key } = placeOf(uri)
  const s3 = await import('@aws-sdk/client-s3')
  const client = new s3.S3Client({ followRegionRedirects: true, requestHandler: { connectionTimeout: 5000 } })
  try {
    await client.send(
      new s3.PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: text,
        ContentType: 'application/json',
        IfNoneMatch: '*',
        ChecksumAlgorithm: 'SHA256',
      }),
    )
  } catch (error) {
    if (error instanceof Error && error.name === 'PreconditionFailed') return
    throw new AftershockError('unavailable', `${uri} cannot be stored: ${messageOf(error)}`, {
      hint: 'it takes s3:PutObject there',
      cause: error,
    })
  } finally {
    client.destroy()
  }
}
