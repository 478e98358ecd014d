import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { AftershockError, messageOf } from '../core/errors.ts'

/** `local>remote` of a TCP connection, e.g. `127.0.0.1:50211>127.10.1.1:9092`. */
export type ConnectionKey = string

export function connectionKey(local: string, localPort: number, remote: string, remotePort: number) {
  return `${plain(local)}:${localPort}>${plain(remote)}:${remotePort}`
}

/** The kernel's established TCP connections, as seen from this end. */
export async function establishedConnections(
  platform: NodeJS.Platform = process.platform,
): Promise<ReadonlySet<ConnectionKey>> {
  if (platform === 'linux') {
    const tables = await Promise.all(
      ['/proc/net/tcp', '/proc/net/tcp6'].map(path => readFile(path, 'utf8').catch(absent)),
    )
    return new Set(tables.flatMap(parseProcNetTcp))
  }
  const { stdout } = await promisify(execFile)('netstat', ['-an', '-p', 'tcp'], { maxBuffer: 64 << 20 })
  return new Set(parseNetstat(stdout))
}

/** By established connection: bytes that the other end has acknowledged. */
export type SocketBytes = ReadonlyMap<ConnectionKey, number>

/**
 * The kernel's own counters of what was sent over each established connection (`ss`, no root).
 * @throws AftershockError `unavailable` where there is no `ss`.
 */
export async function ackedBytes(): Promise<SocketBytes> {
  try {
    const { stdout } = await promisify(execFile)('ss', ['-tniH', 'state', 'established'], {
      timeout: 5000,
      maxBuffer: 64 << 20,
    })
    return parseSs(stdout)
  } catch (error) {
    throw new AftershockError('unavailable', `ss did not list the connections: ${messageOf(error)}`, {
      hint: 'it is part of iproute2; only Linux has these counters',
      cause: error,
    })
  }
}

/** `ss -tniH state established`: a line with both addresses, then an indented one with counters. */
export function parseSs(text: string): SocketBytes {
  const bytes = new Map<ConnectionKey, number>()
  let current: ConnectionKey | undefined
  for (const line of text.split('\n')) {
    if (/^\s/.test(line)) {
      // Nothing was sent yet where there is no counter.
      if (current) bytes.set(current, Number(/\bbytes_acked:(\d+)/.exec(line)?.[1] ?? 0))
      continue
    }
    const [local, remote] = line.trim().split(/\s+/).slice(-2)
    current = local && remote && local !== remote ? `${bare(local)}>${bare(remote)}` : undefined
  }
  return bytes
}

/** `[::ffff:127.0.0.1]:9092`, or with an interface `127.0.0.1%lo:9092`, as `connectionKey` has it. */
function bare(written: string): string {
  const at = written.lastIndexOf(':')
  const address = written
    .slice(0, at)
    .replace(/^\[|\]$/g, '')
    .replace(/%.*$/, '')
  return `${plain(address)}:${written.slice(at + 1)}`
}

/** Lines of `/proc/net/tcp` and `tcp6`; state 01 is ESTABLISHED (Linux, include/net/tcp_states.h). */
export function parseProcNetTcp(text: string): ConnectionKey[] {
  const keys: ConnectionKey[] = []
  for (const line of text.split('\n').slice(1)) {
    const [, local, remote, state] = line.trim().split(/\s+/)
    if (state !== '01' || !local || !remote) continue
    const from = endpoint(local)
    const to = endpoint(remote)
    keys.push(connectionKey(from.address, from.port, to.address, to.port))
  }
  return keys
}

/** `netstat -an -p tcp` of macOS and the BSDs: addresses end in `.port`. */
export function parseNetstat(text: string): ConnectionKey[] {
  const keys: ConnectionKey[] = []
  for (const line of text.split('\n')) {
    const [protocol, , , local, remote, state] = line.trim().split(/\s+/)
    if (!protocol?.startsWith('tcp') || state !== 'ESTABLISHED' || !local || !remote) continue
    const from = local.lastIndexOf('.')
    const to = remote.lastIndexOf('.')
    keys.push(
      connectionKey(
        local.slice(0, from),
        Number(local.slice(from + 1)),
        remote.slice(0, to),
        Number(remote.slice(to + 1)),
      ),
    )
  }
  return keys
}

/** `0100007F:C423`: 32-bit words in the machine's byte order, which is little-endian wherever we run. */
function endpoint(text: string): { address: string; port: number } {
  const [hex = '', port = '0'] = text.split(':')
  const bytes: number[] = []
  for (let word = 0; word < hex.length; word += 8) {
    for (let i = 6; i >= 0; i -= 2) bytes.push(Number.parseInt(hex.slice(word + i, word + i + 2), 16))
  }
  return { address: printed(bytes), port: Number.parseInt(port, 16) }
}

function printed(bytes: readonly number[]): string {
  if (bytes.length === 4) return bytes.join('.')
  const mapped = bytes.slice(0, 10).every(byte => byte === 0) && bytes[10] === 255 && bytes[11] === 255
  if (mapped) return bytes.slice(12).join('.')
  const groups: string[] = []
  for (let i = 0; i < 16; i += 2) groups.push((((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0)).toString(16))
  // The longest run of zero groups becomes `::`, as Node prints addresses (RFC 5952).
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}

function plain(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}

function absent(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return ''
  throw error
}
