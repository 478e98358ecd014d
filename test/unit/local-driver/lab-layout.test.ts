import assert from 'node:assert/strict'
import { AftershockError } from '../../../chaos/core/errors.ts'
import { seededRandom } from '../../../chaos/core/random.ts'
import { linkId } from '../../../chaos/core/topology.ts'
import {
  connectHostsFor,
  currentBlock,
  hostsFor,
  labLayout,
  toxiproxyConfig,
  withConnector,
} from '../../../chaos/drivers/local/lab/lab-layout.ts'
import { chooseLinks } from '../../../chaos/faults/select-links.ts'

describe('the layout of a lab', () => {
  const layout = labLayout(2, '/lab')

  it('has a proxy for every directed link: 18 between zones, and clients within their own', () => {
    const { links } = layout.topology
    assert.equal(links.length, 21)
    assert.equal(links.filter(link => link.from === layout.topology.nodes[link.to - 1]?.zone).length, 3)
    assert.equal(toxiproxyConfig(layout).length, 21)
  })

  it('gives no two proxies the same address', () => {
    const listens = toxiproxyConfig(layout).map(({ listen }) => listen)
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

  describe('with a connector in az-b', () => {
    const connected = withConnector(layout, 'az-b')

    it('has links of its own from that zone to every broker, the one beside it too, and no other', () => {
      const more = connected.topology.links.filter(link => !layout.topology.links.includes(link))
      assert.deepEqual(more.map(linkId), ['az-b>1:connect', 'az-b>2:connect', 'az-b>3:connect'])
      assert.deepEqual(
        toxiproxyConfig(connected).slice(-3),
        [1, 2, 3].map(node => ({
          name: `az-b.${node}.connect`,
          listen: `127.12.12.${node}:9092`,
          upstream: `127.22.0.${node}:9092`,
          enabled: true,
        })),
      )
    })

    it('gives no two proxies the same address', () => {
      const listens = toxiproxyConfig(connected).map(({ listen }) => listen)
      assert.equal(new Set(listens).size, 24)
    })

    it('has the worker reach every broker over those links alone', () => {
      const hosts = connectHostsFor(connected, 'az-b', 'box').filter(({ host }) => host.endsWith('.lab'))
      assert.deepEqual(
        hosts.map(({ address }) => address),
        ['127.12.12.1', '127.12.12.2', '127.12.12.3'],
      )
    })

    it('loses them with its zone, and one of them with another, as traffic of clients', () => {
      const cut = (zone: 'az-a' | 'az-b', traffic: 'all' | 'clients' | 'brokers') =>
        chooseLinks(connected.topology, { zone, direction: 'both', traffic }, seededRandom('1'))
          .links.map(linkId)
          .filter(id => id.endsWith(':connect'))
      assert.deepEqual(cut('az-b', 'all'), ['az-b>1:connect', 'az-b>3:connect'])
      assert.deepEqual(cut('az-b', 'clients'), ['az-b>1:connect', 'az-b>3:connect'])
      assert.deepEqual(cut('az-b', 'brokers'), [])
      assert.deepEqual(cut('az-a', 'all'), ['az-b>1:connect'])
    })
  })

  it('refuses a block that is none, and says what to do', () => {
    assert.throws(
      () => currentBlock({ AFTERSHOCK_LAB: 'x' }),
      (error: unknown) =>
        error instanceof AftershockError && error.code === 'usage' && /0 to 9/.test(error.hint ?? ''),
    )
  })
})
