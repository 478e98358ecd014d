import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto'

/**
 * Certificates for one cluster, as RFC 5280 has them: an authority that signs itself and then nodes. Node.js reads
 * certificates and makes none; this writes the few that are needed here, with keys on the curve P-256.
 */
export interface Authority {
  readonly pem: string
  readonly key: KeyObject
  readonly name: string
  readonly keyId: Buffer
}

export interface Validity {
  readonly notBefore: Date
  readonly notAfter: Date
}

export function newAuthority(commonName: string, validity: Validity): Authority {
  const { key, der, keyId } = newKey()
  const pem = certificate({
    subject: commonName,
    issuer: { name: commonName, key, keyId },
    publicKey: der,
    validity,
    extensions: [
      extension(OID.basicConstraints, sequence(BOOLEAN_TRUE), true),
      // To sign certificates, and nothing else.
      extension(OID.keyUsage, bitString(Buffer.from([0b0000_0100]), 2), true),
      extension(OID.subjectKeyId, octets(keyId)),
    ],
  })
  return { pem, key, name: commonName, keyId }
}

/** @returns key and certificate of a node, as PEM text; it may be server and client under each of `names`. */
export function newNode(
  issuer: Authority,
  commonName: string,
  names: readonly string[],
  validity: Validity,
): string {
  const { key, der, keyId } = newKey()
  const alternatives = names.map(name => tagged(0x82, Buffer.from(name, 'ascii')))
  const pem = certificate({
    subject: commonName,
    issuer,
    publicKey: der,
    validity,
    extensions: [
      extension(OID.basicConstraints, sequence(), true),
      extension(OID.keyUsage, bitString(Buffer.from([0b1000_0000]), 7), true),
      extension(OID.extendedKeyUsage, sequence(oid(OID.serverAuth), oid(OID.clientAuth))),
      extension(OID.subjectAlternativeName, sequence(...alternatives)),
      extension(OID.subjectKeyId, octets(keyId)),
      extension(OID.authorityKeyId, sequence(tagged(0x80, issuer.keyId))),
    ],
  })
  return `${key.export({ type: 'pkcs8', format: 'pem' }).toString()}${pem}`
}

const OID = {
  basicConstraints: '2.5.29.19',
  keyUsage: '2.5.29.15',
  extendedKeyUsage: '2.5.29.37',
  subjectAlternativeName: '2.5.29.17',
  subjectKeyId: '2.5.29.14',
  authorityKeyId: '2.5.29.35',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  commonName: '2.5.4.3',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
} as const

interface Contents {
  readonly subject: string
  readonly issuer: Pick<Authority, 'name' | 'key' | 'keyId'>
  /** SubjectPublicKeyInfo. */
  readonly publicKey: Buffer
  readonly validity: Validity
  readonly extensions: readonly Buffer[]
}

function certificate({ subject, issuer, publicKey, validity, extensions }: Contents): string {
  const algorithm = sequence(oid(OID.ecdsaWithSha256))
  const toBeSigned = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(serialNumber()),
    algorithm,
    distinguishedName(issuer.name),
    sequence(time(validity.notBefore), time(validity.notAfter)),
    distinguishedName(subject),
    publicKey,
    tagged(0xa3, sequence(...extensions)),
  )
  const der = sequence(toBeSigned, algorithm, bitString(sign('sha256', toBeSigned, issuer.key)))
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

function newKey(): { readonly key: KeyObject; readonly der: Buffer; readonly keyId: Buffer } {
  const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const der = createPublicKey(key).export({ type: 'spki', format: 'der' })
  return { key, der, keyId: createHash('sha256').update(der).digest().subarray(0, 20) }
}

/** Positive, of 16 bytes, and never the same again. */
function serialNumber(): Buffer {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] as number) & 0x7f) | 0x40
  return bytes
}

function distinguishedName(commonName: string): Buffer {
  return sequence(tagged(0x31, sequence(oid(OID.commonName), tagged(0x0c, Buffer.from(commonName, 'utf8')))))
}

function extension(id: string, value: Buffer, isCritical = false): Buffer {
  return sequence(oid(id), ...(isCritical ? [BOOLEAN_TRUE] : []), octets(value))
}

/** Until 2049 in two digits of the year, as the RFC wants it; later ones are not made here. */
function time(date: Date): Buffer {
  const digits = date.toISOString().replaceAll(/[-:T]|\..*$/g, '')
  return tagged(0x17, Buffer.from(`${digits.slice(2)}Z`, 'ascii'))
}

// --- DER: a tag, the length of what follows, and that

const BOOLEAN_TRUE = Buffer.from([0x01, 0x01, 0xff])

function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  const head = length < 128 ? [tag, length] : [tag, 0x80 | bytes.length, ...bytes]
  return Buffer.concat([Buffer.from(head), content])
}

const sequence = (...parts: readonly Buffer[]) => tagged(0x30, Buffer.concat(parts))
const octets = (content: Buffer) => tagged(0x04, content)
const integer = (bytes: Buffer) => tagged(0x02, bytes)
const bitString = (bits: Buffer, unused = 0) => tagged(0x03, Buffer.concat([Buffer.from([unused]), bits]))

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const bytes = [first * 40 + second, ...rest].flatMap(number => {
    const groups = [number & 0x7f]
    for (let more = number >>> 7; more > 0; more >>>= 7) groups.unshift((more & 0x7f) | 0x80)
    return groups
  })
  return tagged(0x06, Buffer.from(bytes))
}
