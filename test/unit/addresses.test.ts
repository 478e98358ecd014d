import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, it } from 'mocha'
import { LAB_BLOCKS, labAddresses, labBlock, labSockets } from '../../chaos/platforms/addresses.ts'
import { AftershockError } from '../../chaos/core/errors.ts'

describe('the addresses of a lab', () => {
  it('gives each node one address and each pair of zone and node another', () => {
    const { nodes, links, toxiproxy } = labAddresses(0, 3)
    assert.deepEqual(nodes, ['127.20.0.1', '127.20.0.2', '127.20.0.3'])
    assert.deepEqual(links[2], ['127.10.3.1', '127.10.3.2', '127.10.3.3'])
    assert.deepEqual(toxiproxy, { host: '127.10.0.1', port: 8474 })
  })

  it('opens no socket twice, in one lab or in two', () => {
    const sockets = Array.from({ length: LAB_BLOCKS }, (_, block) =>
      labSockets(labAddresses(block, 3)),
    ).flat()
    const names = new Set(sockets.map(({ host, port }) => `${host}:${port}`))
    assert.equal(names.size, sockets.length)
    assert.equal(
      sockets.length,
      LAB_BLOCKS * (1 + 3 * (3 + 1) + 9 * 3 + (1 + 3) + 3 + 1 + (1 + 9) + (1 + 3) + (3 + 9) + (3 + 9) + 3),
    )
  })

  it('takes block 0 unless AFTERSHOCK_LAB names another', () => {
    assert.equal(labBlock({}), 0)
    assert.equal(labBlock({ AFTERSHOCK_LAB: '' }), 0)
    assert.equal(labBlock({ AFTERSHOCK_LAB: '7' }), 7)
  })

  it('refuses a block that does not exist', () => {
    for (const text of ['10', '-1', 'b', '1.5'])
      assert.throws(() => labBlock({ AFTERSHOCK_LAB: text }), AftershockError)
    for (const block of [10, -1, 0.5, Number.NaN])
      assert.throws(() => labAddresses(block, 3), AftershockError)
  })

  it('are named by no test, so that a lab that stays up is in the way of none', () => {
    const folder = fileURLToPath(new URL('../local', import.meta.url))
    const last = 20 + LAB_BLOCKS - 1
    const taken = readdirSync(folder)
      .filter(file => file.endsWith('.ts'))
      .flatMap(file => {
        const named = [...readFileSync(join(folder, file), 'utf8').matchAll(/\b127\.(\d+)\.\d+\.\d+/g)]
        return named
          .filter(([, octet]) => Number(octet) >= 10 && Number(octet) <= last)
          .map(([all]) => `${file}: ${all}`)
      })
    assert.deepEqual(taken, [])
  })
})
