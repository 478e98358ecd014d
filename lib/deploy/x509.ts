import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_clientAuth,
  id_kp_serverAuth,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity as Times,
  Version,
} from '@peculiar/asn1-x509'
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
 * certificates and makes none: their parts are encoded by @peculiar/asn1-x509, and keys (on the curve P-256), digests and
 * signatures are Node.js's own.
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
      extension(id_ce_basicConstraints, new BasicConstraints({ cA: true }), true),
      extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.keyCertSign), true),
      extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(keyId)),
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
  const pem = certificate({
    subject: commonName,
    issuer,
    publicKey: der,
    validity,
    extensions: [
      extension(id_ce_basicConstraints, new BasicConstraints({ cA: false }), true),
      extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.digitalSignature), true),
      extension(id_ce_extKeyUsage, new ExtendedKeyUsage([id_kp_serverAuth, id_kp_clientAuth])),
      extension(
        id_ce_subjectAltName,
        new SubjectAlternativeName(names.map(dNSName => new GeneralName({ dNSName }))),
      ),
      extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(keyId)),
      extension(
        id_ce_authorityKeyIdentifier,
        new AuthorityKeyIdentifier({ keyIdentifier: new SubjectKeyIdentifier(issuer.keyId) }),
      ),
    ],
  })
  return `${key.export({ type: 'pkcs8', format: 'pem' }).toString()}${pem}`
}

interface Contents {
  readonly subject: string
  readonly issuer: Pick<Authority, 'name' | 'key' | 'keyId'>
  /** SubjectPublicKeyInfo. */
  readonly publicKey: Buffer
  readonly validity: Validity
  readonly extensions: readonly Extension[]
}

const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2'
const COMMON_NAME = '2.5.4.3'

function certificate({ subject, issuer, publicKey, validity, extensions }: Contents): string {
  const algorithm = new AlgorithmIdentifier({ algorithm: ECDSA_WITH_SHA256 })
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: bytesOf(serialNumber()),
    signature: algorithm,
    issuer: distinguishedName(issuer.name),
    validity: new Times(validity),
    subject: distinguishedName(subject),
    subjectPublicKeyInfo: AsnConvert.parse(publicKey, SubjectPublicKeyInfo),
    extensions: new Extensions([...extensions]),
  })
  const signatureValue = sign('sha256', Buffer.from(AsnConvert.serialize(tbsCertificate)), issuer.key)
  const der = AsnConvert.serialize(
    new Certificate({
      tbsCertificate,
      signatureAlgorithm: algorithm,
      signatureValue: bytesOf(signatureValue),
    }),
  )
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
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

function distinguishedName(commonName: string): Name {
  const value = new AttributeValue({ utf8String: commonName })
  return new Name([new RelativeDistinguishedName([new AttributeTypeAndValue({ type: COMMON_NAME, value })])])
}

function extension(extnID: string, value: object, critical = false): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) })
}

/** Exactly these: a Buffer may be a part of a larger one. */
function bytesOf(buffer: Buffer): ArrayBuffer {
  return new Uint8Array(buffer).buffer
}
