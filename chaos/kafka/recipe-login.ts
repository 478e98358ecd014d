import { createSecureContext, type SecureContext } from 'node:tls'
import { AftershockError, messageOf } from '../core/errors.ts'
import { tokensOf } from './bearer-tokens.ts'
import type { BrokerLogin } from './broker-login.ts'
import { DEFAULT_MECHANISM, type LoginRecipe, type TlsRecipe } from './login-recipe.ts'

/** @throws AftershockError `input` for certificates or keys that are unusable. */
export function loginOf(recipe: LoginRecipe): BrokerLogin {
  const { mechanism, username, password, tls, tokens } = recipe
  return {
    mechanism,
    username,
    password: () => password,
    trust: tls && trustOf(tls),
    serverName: tls?.serverName ?? null,
    checksNames: tls?.checksNames ?? true,
    ...(tokens && { token: tokensOf(tokens) }),
    recipe,
  }
}

/** What another thread needs. @throws AftershockError `internal` for a login over TLS that has no recipe. */
export function recipeOf(login: BrokerLogin): LoginRecipe {
  if (login.recipe) return login.recipe
  const { mechanism = DEFAULT_MECHANISM, username, password } = login
  if (login.trust)
    throw new AftershockError(
      'internal',
      'this login over TLS cannot be given to a thread: read in one thread',
    )
  return { mechanism, username, password: password(), tls: null, tokens: null }
}

function trustOf({ authorities, certificate, key, passphrase }: TlsRecipe): SecureContext {
  try {
    return createSecureContext({
      ...(authorities !== null && { ca: authorities }),
      ...(certificate !== null && { cert: certificate }),
      ...(key !== null && { key }),
      ...(passphrase !== null && { passphrase }),
    })
  } catch (error) {
    throw new AftershockError('input', `the certificates cannot be used: ${messageOf(error)}`, {
      hint: 'PEM texts: the authority’s certificate, the client’s own, and its key, with ssl.key.password if it has one',
      cause: error,
    })
  }
}
