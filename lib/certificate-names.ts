import type { Principal } from '../chaos/platforms/security.ts'
import type { EnvironmentConfig } from './environment-schema.ts'

/** The secret of one node: JSON with `node.pem`, its key and certificate, and `authority.pem`, what it trusts. */
export function certificateSecret({ environment, tls }: EnvironmentConfig, node: string): string {
  return `${tls?.secret ?? `aftershock/${environment}/tls`}/${node}`
}

/** Where clients have `authority.pem` from, if the environment's file does not say it. */
export function authorityParameter({ environment }: EnvironmentConfig): string {
  return `/aftershock/${environment}/tls/authority`
}

/** The secret whose value is the password of one who logs in. */
export function passwordSecret({ environment }: EnvironmentConfig, principal: Principal): string {
  return `aftershock/${environment}/login/${principal}`
}
