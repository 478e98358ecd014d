import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { AftershockError, messageOf } from '../core/errors.ts'
import type { TokenSource } from './bearer-tokens.ts'
import { jaasOptions } from './jaas.ts'
import {
  DEFAULT_MECHANISM,
  type LoginRecipe,
  SASL_MECHANISMS,
  type SaslMechanism,
  type TlsRecipe,
} from './login-recipe.ts'

/** The settings of a client by their names in Kafka's own properties files. */
export type ClientProperties = ReadonlyMap<string, string>

type Environment = Readonly<Record<string, string | undefined>>
const VARIABLES = 'AFTERSHOCK_CLIENT_'
const PROTOCOLS = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const
type Protocol = (typeof PROTOCOLS)[number]

/** Other clients' names of the same, as librdkafka has them. */
const ALIASES: Readonly<Record<string, string>> = {
  'sasl.mechanisms': 'sasl.mechanism',
  'ssl.ca.location': 'ssl.truststore.location',
  'ssl.ca.pem': 'ssl.truststore.certificates',
  'ssl.ca': 'ssl.truststore.certificates',
  'ssl.certificate.pem': 'ssl.keystore.certificate.chain',
  'ssl.key.pem': 'ssl.keystore.key',
}
const UNDERSTOOD: ReadonlySet<string> = new Set([
  'security.protocol',
  'sasl.mechanism',
  'sasl.jaas.config',
  'sasl.username',
  'sasl.password',
  'sasl.oauthbearer.token.endpoint.url',
  'sasl.oauthbearer.client.credentials.client.id',
  'sasl.oauthbearer.client.credentials.client.secret',
  'sasl.oauthbearer.scope',
  'sasl.login.callback.handler.class',
  'sasl.client.callback.handler.class',
  'ssl.truststore.type',
  'ssl.truststore.location',
  'ssl.truststore.certificates',
  'ssl.keystore.type',
  'ssl.keystore.location',
  'ssl.keystore.key',
  'ssl.keystore.certificate.chain',
  'ssl.certificate.location',
  'ssl.key.location',
  'ssl.key.password',
  'ssl.endpoint.identification.algorithm',
  // Both sides agree on these by themselves.
  'ssl.protocol',
  'ssl.enabled.protocols',
])

/** The keys and values of a properties file, as Java reads them. */
export function parseProperties(text: string): ClientProperties {
  const found = new Map<string, string>()
  // A line that ends with an odd number of backslashes goes on in the next one.
  const joined = text.replaceAll('\r\n', '\n').replaceAll(/(?<!\\)((?:\\\\)*)\\\n[ \t\f]*/g, '$1')
  for (const raw of joined.split('\n')) {
    const line = raw.trimStart()
    if (line === '' || line.startsWith('#') || line.startsWith('!')) continue
    const [, key = '', value = ''] = /^((?:\\.|[^\\=:\s])+)\s*[=:]?\s*(.*)$/s.exec(line) ?? []
    found.set(unescaped(key), unescaped(value))
  }
  return found
}

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' }

function unescaped(text: string): string {
  return text.replaceAll(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_all, code?: string, one?: string) =>
    code === undefined ? (ESCAPES[one ?? ''] ?? one ?? '') : String.fromCharCode(Number.parseInt(code, 16)),
  )
}

/** The names of the variables that say how a client logs in, or whatever else a properties file may say. */
export function clientVariables(env: Environment): string[] {
  return Object.keys(env)
    .filter(name => name.startsWith(VARIABLES) && env[name] !== undefined)
    .toSorted()
}

/**
 * The settings of a file, and those of the environment, which stand before them: `AFTERSHOCK_CLIENT_SASL_JAAS_CONFIG` is
 * `sasl.jaas.config`. @throws AftershockError `input` when the file cannot be read
 */
export function clientProperties(file: string | null, env: Environment): ClientProperties {
  const fromFile =
    file === null ? new Map<string, string>() : parseProperties(textOf(file, '--command-config'))
  const fromEnvironment = Object.entries(env).flatMap(([name, value]) =>
    name.startsWith(VARIABLES) && value !== undefined
      ? [[name.slice(VARIABLES.length).toLowerCase().replaceAll('_', '.'), value] as const]
      : [],
  )
  return new Map([...withoutAliases(fromFile), ...withoutAliases(new Map(fromEnvironment))])
}

/**
 * What a client with these settings shows to brokers; null: plain connections, and nobody logs in.
 * @param folder to which paths in it are relative
 * @throws AftershockError `input`, naming the setting; never its value
 */
export function loginRecipe(given: ClientProperties, folder: string): LoginRecipe | null {
  const properties = withoutAliases(given)
  for (const key of properties.keys())
    if (/^(sasl|ssl|security)\./.test(key) && !UNDERSTOOD.has(key))
      throw wrong(
        key,
        'is a setting that this program does not know',
        `it knows ${[...UNDERSTOOD].join(', ')}`,
      )
  const protocol = oneOf(properties, 'security.protocol', PROTOCOLS, 'PLAINTEXT')
  if (protocol === 'PLAINTEXT') return refuseUnused(properties)
  const tls = hasTls(protocol) ? tlsOf(properties, folder) : null
  if (!protocol.startsWith('SASL')) return { mechanism: null, username: '', password: '', tls, tokens: null }
  return { ...saslOf(properties), tls }
}

const withoutAliases = (properties: ClientProperties): ClientProperties =>
  new Map([...properties].map(([key, value]) => [ALIASES[key] ?? key, value]))

/** The folder of the file, else where the program was called. */
export const folderOf = (file: string | null, cwd: string): string =>
  file === null ? cwd : dirname(resolve(cwd, file))

const hasTls = (protocol: Protocol): boolean => protocol === 'SSL' || protocol === 'SASL_SSL'

/** A login that is given and not used would be taken for one that was. */
function refuseUnused(properties: ClientProperties): null {
  const given = [
    'sasl.jaas.config',
    'sasl.username',
    'ssl.truststore.location',
    'ssl.keystore.location',
  ].find(key => properties.has(key))
  if (given === undefined) return null
  throw wrong(
    'security.protocol',
    `is PLAINTEXT, and there is ${given}`,
    'for example security.protocol=SASL_SSL',
  )
}

function saslOf(properties: ClientProperties): Omit<LoginRecipe, 'tls'> {
  const asked = properties.get('sasl.mechanism') ?? DEFAULT_MECHANISM
  const jaas = jaasOptions(properties.get('sasl.jaas.config') ?? '')
  const none = { username: '', password: '' }
  if (asked === 'AWS_MSK_IAM') return { mechanism: 'OAUTHBEARER', ...none, tokens: mskTokens(jaas) }
  const mechanism = oneOf(properties, 'sasl.mechanism', SASL_MECHANISMS, DEFAULT_MECHANISM)
  if (mechanism === 'OAUTHBEARER') return { mechanism, ...none, tokens: tokenSource(properties, jaas) }
  return { mechanism, ...namedBy(properties, jaas, mechanism), tokens: null }
}

type Jaas = ReadonlyMap<string, string>

function namedBy(properties: ClientProperties, jaas: Jaas, mechanism: SaslMechanism) {
  const username = jaas.get('username') ?? properties.get('sasl.username')
  const password = jaas.get('password') ?? properties.get('sasl.password')
  if (username && password) return { username, password }
  throw wrong(
    'sasl.jaas.config',
    `names nobody who logs in with ${mechanism}`,
    'for example org.apache.kafka.common.security.scram.ScramLoginModule required username="…" password="…";',
  )
}

function tokenSource(properties: ClientProperties, jaas: Jaas): TokenSource {
  const subject = jaas.get('unsecuredLoginStringClaim_sub')
  const endpoint = properties.get('sasl.oauthbearer.token.endpoint.url')
  if (endpoint === undefined && subject !== undefined) return { kind: 'unsecured', subject }
  const of = (long: string, short: string) =>
    properties.get(`sasl.oauthbearer.client.credentials.${long}`) ?? jaas.get(short)
  const [clientId, clientSecret] = [of('client.id', 'clientId'), of('client.secret', 'clientSecret')]
  if (endpoint === undefined || !/^https?:\/\//.test(endpoint) || !URL.canParse(endpoint))
    throw wrong(
      'sasl.oauthbearer.token.endpoint.url',
      'is no URL',
      'for example https://login.example.com/oauth2/token',
    )
  if (!clientId || !clientSecret)
    throw wrong(
      'sasl.jaas.config',
      'has no clientId and clientSecret',
      'for example org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required clientId="…" clientSecret="…" scope="…";',
    )
  const scope = properties.get('sasl.oauthbearer.scope') ?? jaas.get('scope') ?? null
  return { kind: 'client-credentials', endpoint, clientId, clientSecret, scope }
}

function mskTokens(jaas: Jaas): TokenSource {
  const region = jaas.get('awsRegion') ?? process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION']
  if (region) return { kind: 'msk-iam', region }
  throw wrong('sasl.mechanism', 'is AWS_MSK_IAM, without a region', 'set AWS_REGION')
}

function tlsOf(properties: ClientProperties, folder: string): TlsRecipe {
  for (const store of ['truststore', 'keystore'] as const) {
    const type = properties.get(`ssl.${store}.type`)
    const path = properties.get(`ssl.${store}.location`) ?? ''
    if (type === undefined ? /\.(jks|p12|pfx)$/i.test(path) : type !== 'PEM')
      throw wrong(
        `ssl.${store}.type`,
        `is not PEM${type === undefined ? ', by the name of its file' : ''}`,
        store === 'truststore'
          ? 'make PEM of it: keytool -exportcert -rfc -keystore FILE -alias NAME > authority.pem'
          : 'make PEM of it: openssl pkcs12 -in FILE -nodes -out client.pem (of a JKS first: keytool -importkeystore -deststoretype PKCS12)',
      )
  }
  const read = (key: string) => {
    const path = properties.get(key)
    return path === undefined ? null : textOf(resolve(folder, path), key)
  }
  const store = read('ssl.keystore.location')
  const algorithm = properties.get('ssl.endpoint.identification.algorithm') ?? 'https'
  return {
    authorities: properties.get('ssl.truststore.certificates') ?? read('ssl.truststore.location'),
    certificate:
      properties.get('ssl.keystore.certificate.chain') ?? read('ssl.certificate.location') ?? store,
    key: properties.get('ssl.keystore.key') ?? read('ssl.key.location') ?? store,
    passphrase: properties.get('ssl.key.password') ?? null,
    serverName: null,
    checksNames: algorithm !== '' && algorithm !== 'none',
  }
}

function oneOf<T extends string>(
  properties: ClientProperties,
  key: string,
  words: readonly T[],
  otherwise: T,
): T {
  const given = properties.get(key) ?? otherwise
  const found = words.find(word => word === given.toUpperCase())
  if (found !== undefined) return found
  throw wrong(key, `is '${given.slice(0, 40)}'`, `it is one of ${words.join(', ')}`)
}

function textOf(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new AftershockError('input', `${what}: ${messageOf(error)}`, {
      hint: 'the file must exist, and be one that this program may read',
      cause: error,
    })
  }
}

const wrong = (key: string, what: string, hint: string): AftershockError =>
  new AftershockError('input', `client properties: ${key} ${what}`, { hint })
