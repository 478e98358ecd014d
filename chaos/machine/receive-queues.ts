import { readFileSync } from 'node:fs'

/**
 * Bytes that have come to these local TCP ports and that this program has not taken from the kernel: who reads them is
 * slower than who sends. null where the system does not tell.
 */
export function unreadBytes(ports: ReadonlySet<number>): number | null {
  if (ports.size === 0) return 0
  try {
    return unreadIn(readFileSync('/proc/net/tcp', 'latin1'), ports)
  } catch {
    return null
  }
}

/** Of Linux's table: number, local address:port, remote, state, send queue:receive queue; all in hexadecimal. */
export function unreadIn(table: string, ports: ReadonlySet<number>): number {
  let bytes = 0
  for (const line of table.split('\n')) {
    const [, local, , , queues] = line.trim().split(/\s+/)
    const port = Number.parseInt(local?.split(':')[1] ?? '', 16)
    if (ports.has(port)) bytes += Number.parseInt(queues?.split(':')[1] ?? '0', 16)
  }
  return bytes
}
