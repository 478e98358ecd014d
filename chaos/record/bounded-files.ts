import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import type { z } from 'zod'
import { AftershockError, firstIssue, messageOf } from '../core/errors.ts'
import { LIMITS } from './limits.ts'

/** Files that anyone may have made: a folder in the place of a file, a pipe or a device is refused, not waited for. */

export interface Reading {
  /** As it is shown to people. @default the path */
  readonly shownAs?: string
  /** @default that of a document of a run */
  readonly atMostBytes?: number
}

/** @throws AftershockError `input` with the name of the file; its cause has a code where it is not there. */
export function readBytes(
  path: string,
  { shownAs = path, atMostBytes = LIMITS.documentBytes }: Reading = {},
): Buffer {
  let file: number | undefined
  try {
    // Without waiting for whoever would write into a pipe.
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    const { size } = sizeOf(fstatSync(file), shownAs)
    if (size > atMostBytes)
      throw new AftershockError('input', `${shownAs} has ${size} bytes; at most ${atMostBytes} are read`, {
        hint: 'it is too large to be what was expected: check that it is the right file',
      })
    const bytes = Buffer.alloc(size)
    let length = 0
    for (let read = -1; length < size && read !== 0; length += read)
      read = readSync(file, bytes, length, size - length, length)
    return bytes.subarray(0, length)
  } catch (cause) {
    throw cause instanceof AftershockError ? cause : unreadable(shownAs, cause)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

export function readText(path: string, reading?: Reading): string {
  return readBytes(path, reading).toString('utf8')
}

/** @throws AftershockError `input` when it is not there or is not a regular file: to be called before it is streamed. */
export function refuseIrregular(path: string, shownAs = path): void {
  try {
    sizeOf(statSync(path), shownAs)
  } catch (cause) {
    throw cause instanceof AftershockError ? cause : unreadable(shownAs, cause)
  }
}

/** What is in a folder, by name and in order; nothing when it is not there. */
export function namesIn(path: string): string[] {
  try {
    return readdirSync(path).toSorted()
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw unreadable(path, cause)
  }
}

/** Whether a file holds JSON of this shape. */
export function fileHolds(path: string, schema: z.ZodType): boolean {
  try {
    return schema.safeParse(JSON.parse(readText(path))).success
  } catch {
    return false
  }
}

/**
 * A JSON file against its schema; null when the file is not there.
 * @throws AftershockError `input`, naming the file and the key, when it is there and does not fit.
 */
export function readJson<S extends z.ZodType>(path: string, schema: S): z.output<S> | null {
  if (!existsSync(path)) return null
  const text = readText(path)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new AftershockError('input', `${path} is not JSON: ${messageOf(error)}`, {
      hint: 'the file is torn or of another kind; if it belongs to a run, copy it again from where it was made',
      cause: error,
    })
  }
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  throw new AftershockError('input', `${path}: ${firstIssue(parsed.error)}`, {
    hint: 'The file was written by another version, or changed after the run.',
  })
}

/**
 * Beside and then into place: a reader, a crash or a power cut meets the old file or the new one, and never half of it.
 * Every document of a run is written with it. @throws AftershockError `input`, naming the file.
 */
export function writeText(path: string, text: string): void {
  const partial = `${path}.partial`
  try {
    // Flushed, since the name may otherwise reach the disk before the bytes do.
    writeFileSync(partial, text, { flush: true })
    renameSync(partial, path)
  } catch (cause) {
    rmSync(partial, { force: true, recursive: true })
    const isFolder = existsSync(path) && lstatSync(path).isDirectory()
    const why = isFolder ? 'a folder is in its place' : messageOf(cause)
    const hint = existsSync(dirname(path)) ? undefined : 'make its folder first'
    throw new AftershockError('input', `${path} cannot be written: ${why}`, { cause, ...(hint && { hint }) })
  }
}

/** As the documents of a run are written: indented, with a newline at the end. */
export function writeDocument(path: string, value: unknown): void {
  writeText(path, `${JSON.stringify(value, null, 2)}\n`)
}

function sizeOf(
  stat: { isFile(): boolean; isDirectory(): boolean; size: number },
  shownAs: string,
): { size: number } {
  if (stat.isDirectory())
    throw new AftershockError('input', `${shownAs} is a folder; a file is expected`, {
      hint: 'name the file itself',
      cause: { code: 'EISDIR' },
    })
  if (!stat.isFile())
    throw new AftershockError('input', `${shownAs} is a pipe or a device, and a regular file is expected`, {
      hint: 'write it to a file first, and name that file',
    })
  return { size: stat.size }
}

/** Why a file cannot be read, in words; what the system says where nothing better is known. */
export function whyUnread(cause: unknown): string {
  const { code } = cause as NodeJS.ErrnoException
  if (code === 'ENOENT') return 'there is no such file'
  return code === 'ENOTDIR' ? 'a file is in the place of a folder' : messageOf(cause)
}

function unreadable(shownAs: string, cause: unknown): AftershockError {
  return new AftershockError('input', `${shownAs} cannot be read: ${whyUnread(cause)}`, {
    hint: 'check that it exists and that you may read it',
    cause,
  })
}
