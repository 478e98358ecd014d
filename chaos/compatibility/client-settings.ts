import type { LoginRecipe } from '../kafka/login-recipe.ts'
import { AftershockError } from '../core/errors.ts'

/** How other clients log in with the same recipe, in their own settings. They go over a pipe, and into no file. */

const protocolOf = ({ mechanism, tls }: LoginRecipe): string =>
  mechanism === null ? (tls ? 'SSL' : 'PLAINTEXT') : tls ? 'SASL_SSL' : 'SASL_PLAINTEXT'

const given = (settings: Readonly<Record<string, string | null | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(settings).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )

/** @param token of OAUTHBEARER, that is good now */
export function librdkafkaSettings(recipe: LoginRecipe | null, token: string | null): Record<string, string> {
  if (recipe === null) return {}
  const { mechanism, username, password, tls } = recipe
  const hasPassword = mechanism !== null && mechanism !== 'OAUTHBEARER'
  return given({
    'security.protocol': protocolOf(recipe),
    'sasl.mechanisms': mechanism,
    'sasl.username': hasPassword ? username : null,
    'sasl.password': hasPassword ? password : null,
    'ssl.ca.pem': tls?.authorities,
    'ssl.certificate.pem': tls?.certificate,
    'ssl.key.pem': tls?.key,
    'ssl.key.password': tls?.passphrase,
    'ssl.endpoint.identification.algorithm': tls && !tls.checksNames ? 'none' : null,
    'aftershock.token': token,
  })
}

const MODULES = 'org.apache.kafka.common.security'

/** @throws AftershockError `unavailable` for a login that Kafka's own client cannot be given here */
export function javaSettings(recipe: LoginRecipe | null): Record<string, string> {
  if (recipe === null) return {}
  const { mechanism, tls } = recipe
  if (tls?.serverName)
    throw new AftershockError('unavailable', 'Kafka’s own client knows no other name for a certificate')
  return given({
    'security.protocol': protocolOf(recipe),
    'sasl.mechanism': mechanism,
    'sasl.jaas.config': mechanism === null ? null : jaasOf(recipe),
    'ssl.truststore.type': tls?.authorities ? 'PEM' : null,
    'ssl.truststore.certificates': tls?.authorities,
    'ssl.keystore.type': tls?.certificate ? 'PEM' : null,
    'ssl.keystore.certificate.chain': tls?.certificate,
    'ssl.keystore.key': tls?.key,
    'ssl.key.password': tls?.passphrase,
    'ssl.endpoint.identification.algorithm': tls && !tls.checksNames ? '' : null,
  })
}

function jaasOf({ mechanism, username, password, tokens }: LoginRecipe): string {
  const quoted = (text: string) => `"${text.replaceAll(/["\\]/g, '\\$&')}"`
  if (mechanism === 'OAUTHBEARER') {
    if (tokens?.kind === 'unsecured')
      return `${MODULES}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub=${quoted(tokens.subject)};`
    throw new AftershockError(
      'unavailable',
      'Kafka’s own client is given no tokens of an endpoint or of MSK by this command',
    )
  }
  const module = mechanism === 'PLAIN' ? 'plain.PlainLoginModule' : 'scram.ScramLoginModule'
  return `${MODULES}.${module} required username=${quoted(username)} password=${quoted(password)};`
}
