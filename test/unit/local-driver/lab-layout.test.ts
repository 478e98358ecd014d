import assert from 'node:assert/strict'
import { AftershockError } from '../../../chaos/core/errors.ts'
import {
  currentBlock,
  hostsFor,
  labLayout,
  toxiproxyConfig,
} from '../../../chaos/drivers/local/lab-layout.ts'

describe('the layout of a lab', () => {
  const layout = labLayout(2, '/lab')

  it('has a proxy for every directed link: 18 between zones, and clients within their own', () => {
    const { links } = layout.topology
    assert.equal(links.length, 21)
    assert.equal(links.filter(link => link.from === layout.topology.nodes[link.to - 1]?.zone).length, 3)
    assert.equal(toxiproxyConfig(layout).length, 21)
  })

  it('gives no two proxies the same address', () => {
    const listens = toxiproxyConfig(layout).map(proxy => (proxy as { listen: string }).listen)
    assert.equal(new Set(listens).size, listens.length)
  })

  it('lets a broker reach itself directly and the others over the links of its zone', () => {
    const [first] = layout.topology.nodes
    assert.ok(first)
    const hosts = Object.fromEntries(hostsFor(layout, first, 'box').map(entry => [entry.host, entry.address]))
    assert.deepEqual(hosts, {
      localhost: '127.0.0.1',
      box: '127.0.0.1',
      'kafka-az-a.lab': '127.22.0.1',
      'kafka-az-b.lab': '127.12.1.2',
      'kafka-az-c.lab': '127.12.1.3',
    })
  })

  it('dials, from a zone, the link that is that zone’s', () => {
    assert.deepEqual(layout.dial('az-c', 'kafka-az-a.lab', 'client'), { host: '127.12.3.1', port: 9092 })
  })

  it('refuses a block that is none, and says what to do', () => {
    assert.throws(
      () => currentBlock({ AFTERSHOCK_LAB: 'x' }),
      (error: unknown) =>
        error instanceof AftershockError && error.code === 'usage' && /0 to 9/.test(error.hint ?? ''),
    )
  })
})
