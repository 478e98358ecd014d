type Environment = Readonly<Record<string, string | undefined>>

/**
 * The proxy that the usual variables name for an address: `HTTPS_PROXY` or `HTTP_PROXY`, unless `NO_PROXY` has the
 * host, in either case. A proxy without a scheme is taken as `http://`, as curl does.
 * @returns null where the address is reached directly
 */
export function proxyFor(address: URL, env: Environment): URL | null {
  const variable = address.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY'
  const given = env[variable.toLowerCase()] || env[variable]
  if (!given || isExempt(address, env.no_proxy || env.NO_PROXY || '')) return null
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(given) ? given : `http://${given}`
  return URL.canParse(text) ? new URL(text) : null
}

/** `NO_PROXY`: names with their sub-domains, a port where one is given, or `*` for all. */
function isExempt({ hostname, port, protocol }: URL, list: string): boolean {
  const ownPort = port || (protocol === 'https:' ? '443' : '80')
  return list
    .split(/[\s,]+/)
    .filter(entry => entry !== '')
    .some(entry => {
      if (entry === '*') return true
      const [, name = entry, onlyPort] = /^(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? []
      if (onlyPort !== undefined && onlyPort !== ownPort) return false
      const bare = name.replace(/^\*?\./, '')
      return hostname === bare || hostname.endsWith(`.${bare}`)
    })
}
