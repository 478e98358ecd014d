import type { TokenSource } from './bearer-tokens.ts'

export const SASL_MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'] as const
export type SaslMechanism = (typeof SASL_MECHANISMS)[number]
export const DEFAULT_MECHANISM: SaslMechanism = 'SCRAM-SHA-512'

/** What a login is made of, as plain data: threads are given it, and nothing of it is ever written to a file. */
export interface LoginRecipe {
  /** null: nobody logs in. */
  readonly mechanism: SaslMechanism | null
  /** Empty where a token or a certificate says who it is. */
  readonly username: string
  readonly password: string
  /** null: no TLS. */
  readonly tls: TlsRecipe | null
  /** Of OAUTHBEARER; null elsewhere. */
  readonly tokens: TokenSource | null
}

/** Texts in PEM. */
export interface TlsRecipe {
  /** null: the authorities that this program knows. */
  readonly authorities: string | null
  /** Of the client, for brokers that ask for one. */
  readonly certificate: string | null
  readonly key: string | null
  readonly passphrase: string | null
  readonly serverName: string | null
  /** Whether brokers' certificates must be for the name under which they are reached. */
  readonly checksNames: boolean
}

/** Everything of it that nobody may see. */
export function secretsOf({ password, tls, tokens }: LoginRecipe): string[] {
  return [
    password,
    tls?.key,
    tls?.passphrase,
    tokens?.kind === 'client-credentials' ? tokens.clientSecret : null,
  ]
    .filter(secret => typeof secret === 'string')
    .filter(secret => secret !== '')
}
