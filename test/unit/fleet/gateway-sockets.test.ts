import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { GatewaySockets } from '../../../chaos/fleet/gateway-sockets.ts'

const KEY = '127.0.0.1:50212>127.10.1.1:9092'
const METADATA = 3
const PRODUCE = 0

/** An emitter in the place of a socket, connected from one and the same port. */
class FakeSocket extends EventEmitter {
  readonly localAddress = '127.0.0.1'
  readonly localPort = 50_212
  readonly remoteAddress = '127.10.1.1'
  readonly remotePort = 9092
  readonly taken: unknown[] = []
  write(chunk: unknown): boolean {
    this.taken.push(chunk)
    return true
  }
}

function request(apiKey: number, bytes: number): Buffer {
  const frame = Buffer.alloc(bytes)
  frame.writeInt32BE(bytes - 4, 0)
  frame.writeInt16BE(apiKey, 4)
  return frame
}

function watched(sockets: GatewaySockets, gateway: string): FakeSocket {
  const socket = new FakeSocket()
  sockets.watch(gateway, socket as unknown as Parameters<GatewaySockets['watch']>[1])
  socket.emit('connect')
  return socket
}

const some = () => new GatewaySockets((_zone, host) => ({ host, port: 0 }), null)
const moved = (sockets: GatewaySockets, gateway: string, before: number, after: number) =>
  sockets.moved(gateway, new Map([[KEY, before]]), new Map([[KEY, after]]))

describe("a gateway's connections", () => {
  it('are its own while its socket is open, as the kernel counts them', () => {
    const sockets = some()
    watched(sockets, 'gw-az-a-2')
    assert.deepEqual(moved(sockets, 'gw-az-a-2', 100, 805), { connections: 1, bytes: 705 })
    assert.equal(sockets.countEstablished('gw-az-a-2', new Set([KEY])), 1)
  })

  it('are not those of another program that the kernel gave the same port to, later', () => {
    const sockets = some()
    watched(sockets, 'gw-az-a-2').emit('close')
    assert.deepEqual(moved(sockets, 'gw-az-a-2', 0, 705), { connections: 0, bytes: 0 })
    assert.equal(sockets.countEstablished('gw-az-a-2', new Set([KEY])), 0)
  })

  it('belong to the newest owner of a port, also when the older one hears of its end late', () => {
    const sockets = some()
    const older = watched(sockets, 'gw-az-a-1')
    watched(sockets, 'gw-az-a-2')
    older.emit('close')
    assert.equal(moved(sockets, 'gw-az-a-1', 0, 705).connections, 0)
    assert.equal(moved(sockets, 'gw-az-a-2', 0, 705).connections, 1)
  })
})

describe('what a gateway writes', () => {
  it('is told apart by whether it may have records, and reaches the socket as it was', () => {
    const sockets = some()
    const socket = watched(sockets, 'gw-az-a-2')
    const frames = [request(METADATA, 235), request(PRODUCE, 900), request(METADATA, 470)]
    for (const frame of frames) socket.write(frame)
    assert.deepEqual(sockets.written('gw-az-a-2'), { withRecords: 1, otherBytes: 705 })
    assert.deepEqual(sockets.written('gw-az-a-1'), { withRecords: 0, otherBytes: 0 })
    assert.deepEqual(socket.taken, frames)
  })

  it('may have records wherever it is no whole request', () => {
    const sockets = some()
    const socket = watched(sockets, 'gw-az-a-2')
    socket.write(request(METADATA, 235).subarray(0, 100))
    socket.write(Buffer.concat([request(METADATA, 40), request(PRODUCE, 900)]))
    socket.write('text')
    assert.deepEqual(sockets.written('gw-az-a-2'), { withRecords: 3, otherBytes: 0 })
  })
})
