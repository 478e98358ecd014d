import { execFile } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { AftershockError, messageOf } from '../core/errors.ts'

/** Runs the AWS CLI, which every machine that the stacks make has; rejects when it fails. */
export type AwsCli = (args: readonly string[]) => Promise<void>

/** @param timeoutMs of one call */
export function awsCli(timeoutMs: number): AwsCli {
  return async args => {
    await promisify(execFile)('aws', [...args], {
      timeout: timeoutMs,
      env: { ...process.env, AWS_PAGER: '' },
    })
  }
}

export interface StoreOptions {
  readonly aws: AwsCli
  /** When the lock of compliance ends, as `2027-06-30T00:00:00Z`. @default that of the bucket */
  readonly lockedUntil?: string
}

/** The most that S3 takes in one piece. */
const LARGEST_BYTES = 5 * 1024 ** 3
/** As many at once, because one upload alone is slower than the network. */
const AT_ONCE = 4

/**
 * Puts every file of `dir` under `uri/<name of dir>/`, each only if there is nothing of that name yet: evidence is written
 * once, and its bucket refuses whoever asks for less (lib/evidence-stack.ts). `bundle.json`, which speaks for the others,
 * comes last.
 *
 * @returns where they are
 * @throws AftershockError `unavailable` when one could not be stored, or was there already
 */
export async function storeOnce(dir: string, uri: string, options: StoreOptions): Promise<string> {
  const { bucket, prefix } = placeOf(uri)
  const key = [prefix, basename(dir)].filter(Boolean).join('/')
  const files = filesOf(dir)
  const target = `s3://${bucket}/${key}/`
  const tooLarge = files.find(file => statSync(join(dir, file)).size > LARGEST_BYTES)
  if (tooLarge !== undefined)
    throw notStored(dir, target, `${tooLarge} has more than 5 GiB, which is what S3 takes at once`)
  const put = (file: string) =>
    options.aws([
      's3api',
      'put-object',
      '--bucket',
      bucket,
      '--key',
      `${key}/${file}`,
      '--body',
      join(dir, file),
      ...ONCE,
      ...(options.lockedUntil === undefined
        ? []
        : ['--object-lock-mode', 'COMPLIANCE', '--object-lock-retain-until-date', options.lockedUntil]),
    ])
  try {
    const waiting = files.filter(file => !isLast(file))
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) await put(file)
      }),
    )
    for (const file of files.filter(isLast)) await put(file)
  } catch (error) {
    throw notStored(dir, target, messageOf(error), error)
  }
  return target
}

const isLast = (file: string): boolean => basename(file) === 'bundle.json'
const ONCE = ['--if-none-match', '*', '--checksum-algorithm', 'SHA256']

function notStored(dir: string, target: string, why: string, cause?: unknown): AftershockError {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.*)$/.exec(target) ?? []
  const put = `aws s3api put-object ${ONCE.join(' ').replace('*', "'*'")} --bucket ${bucket} --key ${key}"$f" --body "$f"`
  return new AftershockError('unavailable', `${dir} was not stored in ${target}: ${why}`, {
    hint: `It is whole where it is. What is stored already is refused; the rest: cd ${dir} && find . -type f -printf '%P\\n' | while read -r f; do ${put}; done`,
    cause,
  })
}

/** @throws AftershockError `usage` for what is no `s3://bucket/prefix` */
export function placeOf(uri: string): { readonly bucket: string; readonly prefix: string } {
  const [, bucket, prefix = ''] = /^s3:\/\/([a-z0-9.-]{3,63})(?:\/(.*?))?\/?$/.exec(uri) ?? []
  if (bucket === undefined)
    throw new AftershockError('usage', `'${uri}' is no place in S3`, {
      hint: 'expected s3://bucket/prefix',
    })
  return { bucket, prefix }
}

/** With their paths in `dir`, in the order of their names. */
function filesOf(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(dir.length + 1))
    .toSorted()
}
