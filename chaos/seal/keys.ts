import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { AftershockError, messageOf } from '../core/errors.ts'
import { readText } from '../record/bounded-files.ts'
import { LIMITS } from '../record/limits.ts'

export interface SealingKey {
  readonly keyid: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

/** SHA-256 (hex) of the public key as SPKI, DER. */
export function keyIdOf(publicKey: KeyObject): string {
  return createHash('sha256').update(spkiOf(publicKey)).digest('hex')
}

export function spkiOf(publicKey: KeyObject): Buffer {
  return publicKey.export({ type: 'spki', format: 'der' })
}

/** A key that is written nowhere, and gone with this process. */
export function passingKey(): SealingKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return { keyid: keyIdOf(publicKey), privateKey, publicKey }
}

/**
 * Makes an Ed25519 key: the private half in `path` (PKCS#8, PEM, for its owner's eyes only), the public half
 * in `path.pub` (SPKI, PEM).
 * @throws AftershockError `refused` when either file is there already: a lost key cannot be made again.
 */
export function generateKey(path: string): { readonly keyid: string; readonly publicPath: string } {
  const publicPath = `${path}.pub`
  for (const file of [path, publicPath]) if (existsSync(file)) throw alreadyThere(file)
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  write(publicPath, publicKey.export({ type: 'spki', format: 'pem' }) as string, 0o644)
  try {
    write(path, privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, 0o600)
  } catch (error) {
    rmSync(publicPath)
    throw error
  }
  return { keyid: keyIdOf(publicKey), publicPath }
}

function write(path: string, text: string, mode: number): void {
  try {
    writeFileSync(path, text, { flag: 'wx', mode })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw alreadyThere(path)
    throw new AftershockError('input', `cannot write the key: ${messageOf(error)}`, {
      hint: 'choose a folder that exists and that you may write to',
      cause: error,
    })
  }
}

function alreadyThere(path: string): AftershockError {
  return new AftershockError('refused', `${path} is there already, and a key is never overwritten`, {
    hint: 'name another file with --out',
  })
}

/** @throws AftershockError `input` when the file is no Ed25519 private key. */
export function readSealingKey(path: string): SealingKey {
  const privateKey = parseKey(path, createPrivateKey, 'private')
  const publicKey = createPublicKey(privateKey)
  return { keyid: keyIdOf(publicKey), privateKey, publicKey }
}

/** @throws AftershockError `input` when the file is no Ed25519 public key. */
export function readPublicKey(path: string): KeyObject {
  return parseKey(path, createPublicKey, 'public')
}

function parseKey(path: string, parse: (pem: string) => KeyObject, half: 'private' | 'public'): KeyObject {
  const hint = '`aftershock keygen` makes a pair: FILE to sign with, FILE.pub to verify with.'
  const wrong = (why: string, cause?: unknown) =>
    new AftershockError('input', `${path} is not an Ed25519 ${half} key: ${why}`, { hint, cause })
  let key: KeyObject
  try {
    const pem = readText(path, { atMostBytes: LIMITS.keyBytes })
    refuseOtherHalf(pem, half)
    key = parse(pem)
  } catch (error) {
    throw wrong(messageOf(error), error)
  }
  if (key.asymmetricKeyType !== 'ed25519') throw wrong(`it is of type ${key.asymmetricKeyType}`)
  return key
}

/** Node derives the public key from a private one, and whoever verifies would not learn which it was given. */
function refuseOtherHalf(pem: string, half: 'private' | 'public'): void {
  const isPrivate = /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)
  if (half === 'public' && isPrivate)
    throw new AftershockError(
      'input',
      'it is a private key, and verifying needs only the public one; its public half is FILE.pub',
      { hint: 'give the file that ends in .pub' },
    )
  if (half === 'private' && !isPrivate && pem.includes('-----BEGIN PUBLIC KEY-----'))
    throw new AftershockError('input', 'it is the public half, which cannot sign', {
      hint: 'give the file of the same name without .pub',
    })
}

/** A public key that came inside a bundle; null when it is none of ours. */
export function publicKeyFromSpki(base64: string): KeyObject | null {
  try {
    const key = createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'spki' })
    return key.asymmetricKeyType === 'ed25519' && spkiOf(key).toString('base64') === base64 ? key : null
  } catch {
    return null
  }
}
