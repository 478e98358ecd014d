import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { GetObjectCommandOutput, S3Client } from '@aws-sdk/client-s3'
import type { Clock } from '../core/clock.ts'
import { AftershockError, messageOf } from '../core/errors.ts'
import { within } from '../core/wait.ts'
import { placeOf } from './store-once.ts'

/** A run that was stored, in a folder of this machine that goes with it. */
export interface FetchedRun extends Disposable {
  readonly dir: string
  /** Where it is stored, as `s3://bucket/prefix/<run>/`. */
  readonly uri: string
  /** Whether S3 lets anybody change or delete it, in words. */
  readonly locked: string
}

export const isStored = (path: string): boolean => path.startsWith('s3://')

const AT_ONCE = 4
/** Of all of it, over a slow way. */
const FETCH_MS = 3_600_000

/**
 * Fetches every object of a stored run, those too that its seal does not name: whoever verifies has to see them.
 * @param uri of the run's folder, or of the `bundle.json` in it
 * @param wanted by its path in the folder; @default all of it
 * @throws AftershockError `input` where nothing is stored or a name leads out of the folder, `unavailable` without S3
 */
export async function fetchStored(
  uri: string,
  clock: Clock,
  wanted: (name: string) => boolean = () => true,
): Promise<FetchedRun> {
  const { bucket, prefix } = placeOf(uri.replace(/\/bundle\.json$/, '/'))
  if (prefix === '')
    throw new AftershockError('usage', `'${uri}' is a whole bucket`, {
      hint: 'expected s3://bucket/prefix/<run>/, as `seal --store` said it',
    })
  const target = `s3://${bucket}/${prefix}/`
  const s3 = await import('@aws-sdk/client-s3')
  const client = new s3.S3Client({
    ...(process.env.AWS_REGION === undefined &&
      process.env.AWS_DEFAULT_REGION === undefined && { region: 'us-east-1' }),
    followRegionRedirects: true,
    requestHandler: { connectionTimeout: 5000 },
  })
  const root = mkdtempSync(join(tmpdir(), 'aftershock-stored-'))
  const over = new AbortController()
  const forget = () => rmSync(root, { recursive: true, force: true })
  try {
    // Its own name is part of what is verified.
    const dir = join(root, prefix.split('/').at(-1) ?? 'run')
    const fetching = fetchAll({ s3, client, bucket, prefix, dir, target, wanted, signal: over.signal })
    const locks = await within(`${target} to be fetched`, fetching, { clock, deadlineMs: FETCH_MS })
    return { dir, uri: target, locked: lockWords(locks), [Symbol.dispose]: forget }
  } catch (error) {
    over.abort()
    forget()
    throw error instanceof AftershockError ? error : notFetched(target, error)
  } finally {
    client.destroy()
  }
}

type S3 = typeof import('@aws-sdk/client-s3')

interface Fetching {
  readonly s3: S3
  readonly client: S3Client
  readonly bucket: string
  readonly prefix: string
  readonly dir: string
  readonly target: string
  readonly wanted: (name: string) => boolean
  readonly signal: AbortSignal
}

/** Every object under the prefix, each as a file. @returns how S3 keeps them */
async function fetchAll({
  s3,
  client,
  bucket,
  prefix,
  dir,
  target,
  wanted,
  signal,
}: Fetching): Promise<Lock[]> {
  const keys: string[] = []
  const pages = s3.paginateListObjectsV2(
    { client },
    { Bucket: bucket, Prefix: `${prefix}/` },
    { abortSignal: signal },
  )
  for await (const { Contents = [] } of pages) keys.push(...Contents.map(({ Key = '' }) => Key))
  if (keys.length === 0)
    throw new AftershockError('input', `nothing is stored in ${target}`, {
      hint: '`seal --store` says where it has put a run',
    })
  const waiting = keys.filter(key => wanted(key.slice(prefix.length + 1)))
  const locks: Lock[] = []
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let Key = waiting.shift(); Key !== undefined; Key = waiting.shift()) {
        const path = pathIn(dir, Key.slice(prefix.length + 1), target)
        const answer = await client.send(new s3.GetObjectCommand({ Bucket: bucket, Key }), {
          abortSignal: signal,
        })
        mkdirSync(dirname(path), { recursive: true })
        await pipeline(answer.Body as Readable, createWriteStream(path, { flags: 'wx' }))
        locks.push(lockOf(answer))
      }
    }),
  )
  return locks
}

/** Whoever may put objects names them: a name must not lead anywhere else. */
function pathIn(dir: string, name: string, target: string): string {
  const steps = name.split('/')
  if (steps.every(step => /^[^\\\0]+$/.test(step) && step !== '.' && step !== '..'))
    return join(dir, ...steps)
  throw new AftershockError('input', `${target} has an object that is called ${JSON.stringify(name)}`, {
    hint: 'no run has such a file; nothing of it was kept',
  })
}

interface Lock {
  readonly mode: string | null
  readonly until: string | null
}

const lockOf = ({ ObjectLockMode, ObjectLockRetainUntilDate }: GetObjectCommandOutput): Lock => ({
  mode: ObjectLockMode ?? null,
  until: ObjectLockRetainUntilDate?.toISOString() ?? null,
})

function lockWords(locks: readonly Lock[]): string {
  const kept = locks.flatMap(({ mode, until }) => (mode === 'COMPLIANCE' && until !== null ? [until] : []))
  const first = kept.toSorted()[0]
  if (kept.length === locks.length && first !== undefined)
    return `S3 keeps all ${locks.length} files in compliance, until ${first} at least: nobody changes or deletes them`
  return `S3 says of ${kept.length} of ${locks.length} files that it keeps them in compliance; the others may be deleted, or these credentials may not see their lock (s3:GetObjectRetention)`
}

function notFetched(target: string, error: unknown): AftershockError {
  const name = error instanceof Error ? error.name : 'unknown'
  return new AftershockError('unavailable', `${target} cannot be fetched: ${name}: ${messageOf(error)}`, {
    hint: 'it takes s3:ListBucket and s3:GetObject; `aws s3 ls` with the same credentials says whether they do',
    cause: error,
  })
}
