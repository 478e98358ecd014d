import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { StoreTries } from '../../chaos/drivers/local/store/store-tries.ts'
import { systemClock } from '../../chaos/system-clock.ts'

const HOSTS = { 'az-a': '127.77.0.1', 'az-b': '127.77.0.2' }
const ZONES = Object.keys(HOSTS)

describe('tries at a store that is cut off, as the kernel tells of them', () => {
  let hole: Server
  const open = new Set<Socket>()

  beforeEach(async () => {
    hole = createServer(socket => {
      open.add(socket.resume())
      socket.on('error', () => {})
    })
    hole.listen(0, HOSTS['az-a'])
    await once(hole, 'listening')
  })
  afterEach(() => {
    for (const socket of open) socket.destroy()
    open.clear()
    hole.close()
  })

  async function send(text: string): Promise<Socket> {
    const { port } = hole.address() as { port: number }
    const socket = connect({ host: HOSTS['az-a'], port })
    open.add(socket)
    await once(socket, 'connect')
    await new Promise(resolve => socket.write(text, resolve))
    return socket
  }
  async function refused(host: string): Promise<void> {
    const socket = connect({ host, port: 1 })
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException]
    assert.equal(error.code, 'ECONNREFUSED')
  }

  it('are connections that carry something after the cut, and attempts that are refused', async () => {
    const tries = new StoreTries(HOSTS, systemClock)
    const idle = await send('served')
    await tries.begin('x', ZONES, 'silent')
    await tries.cut('x')
    await send('in vain')
    await refused(HOSTS['az-b'])
    idle.destroy()
    assert.deepEqual(tries.counts('x'), {}, 'before its end there is no number')
    await tries.end('x')
    await tries.end('x')
    assert.deepEqual(tries.counts('x'), { 'az-a': 1, 'az-b': 1 })
  })

  it('are none where the kernel cannot be asked: nobody counted, which is not zero', async () => {
    const { PATH } = process.env
    process.env['PATH'] = '/nowhere'
    try {
      const tries = new StoreTries(HOSTS, systemClock)
      await tries.begin('x', ZONES, 'silent')
      await tries.cut('x')
      await send('in vain')
      await tries.end('x')
      assert.deepEqual(tries.counts('x'), {})
    } finally {
      process.env['PATH'] = PATH
    }
  })
})
