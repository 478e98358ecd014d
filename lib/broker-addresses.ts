/**
 * How clients find their first broker. Brokers in fixed slots have names; stateless ones come back at other
 * addresses, and each writes its own into a parameter when it starts.
 */
export type BrokerAddresses =
  | { readonly kind: 'names'; readonly hosts: readonly string[] }
  | ParameterAddresses

export interface ParameterAddresses {
  readonly kind: 'parameters'
  readonly path: string
  readonly arns: readonly string[]
}

/** The settings by which a client node learns them: BOOTSTRAP_SERVERS or BOOTSTRAP_SERVERS_PATH. */
export function addressSettings(addresses: BrokerAddresses): Record<string, string> {
  return addresses.kind === 'names'
    ? { BOOTSTRAP_SERVERS: addresses.hosts.join(',') }
    : { BOOTSTRAP_SERVERS_PATH: addresses.path }
}

/** What a configuration file says in their place; the bootstrap script fills it in. */
export const BOOTSTRAP_SERVERS_PLACEHOLDER = '@BOOTSTRAP_SERVERS@'
