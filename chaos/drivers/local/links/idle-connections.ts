import { connect } from 'node:net'
import type { Clock } from '../../../core/clock.ts'
import type { Address } from '../../../core/network.ts'
import { ownConnections } from '../../../net/own-connections.ts'

/** Opens connections, asks once on each (nothing where there is no path), and leaves them: how many were open, and how many of those died. */
export async function watchIdle(
  address: Address,
  { count, forMs, path }: { count: number; forMs: number; path: string | null },
  clock: Clock,
): Promise<{ opened: number; ended: number }> {
  const connections = Array.from({ length: count }, () => {
    const socket = connect({ ...address, noDelay: true })
    ownConnections.add(socket)
    const seen = { socket, closed: false }
    socket.unref()
    socket.on('error', () => {})
    socket.on('close', () => {
      seen.closed = true
    })
    if (path !== null) socket.write(`GET ${path} HTTP/1.1\r\nHost: ${address.host}:${address.port}\r\n\r\n`)
    socket.resume()
    return seen
  })
  await clock.sleep(forMs)
  const ended = connections.filter(({ closed }) => closed).length
  for (const { socket } of connections) socket.destroy()
  return { opened: count, ended }
}
