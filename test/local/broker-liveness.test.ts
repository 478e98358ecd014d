import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { askOverFreshConnection } from '../../chaos/replay/broker-liveness.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { labLayout } from '../../chaos/drivers/local/lab/lab-layout.ts'

describe('a broker that is asked whether it lives', () => {
  let heard = ''
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('data', request => {
      heard = request.toString('utf8', 14, 14 + request.readInt16BE(12))
      const answer = Buffer.alloc(8)
      answer.writeInt32BE(4)
      request.copy(answer, 4, 8, 12)
      socket.write(answer)
    })
  })
  beforeEach(async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterEach(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  })

  it('hears the name of who asks, by which some platforms route', async () => {
    const { port } = server.address() as { readonly port: number }
    const { topology } = labLayout(0, '')
    const place = { zone: 'az-a', topology, dial: () => ({ host: '127.0.0.1', port }) }
    const name = 'automq_az=az-a'
    assert.equal(await askOverFreshConnection({ ...place, clientId: name }, systemClock)('broker'), null)
    assert.equal(heard, name)
    assert.equal(await askOverFreshConnection(place, systemClock)('broker'), null)
    assert.equal(heard, 'aftershock-probe')
  })
})
