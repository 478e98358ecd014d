import assert from 'node:assert/strict'
import { workersOf, ZONES } from '../../../chaos/core/topology.ts'
import { labLayout, withConnectCluster } from '../../../chaos/drivers/local/lab/lab-layout.ts'

describe('the links of a cluster of Connect workers', () => {
  it('are one to each broker, to the database and to each other worker, with an address of its own', () => {
    const layout = withConnectCluster(labLayout(0, '/nowhere'), [ZONES[0], ZONES[2]])
    const own = layout.topology.links.filter(({ listener }) => /connect|database|rest/.test(listener))
    assert.equal(own.length, 2 * (3 + 1 + 1))
    const addresses = own.map(link => layout.addressOf(link).host)
    assert.equal(new Set(addresses).size, own.length)
    assert.deepEqual(
      workersOf(layout.topology).map(({ zone }) => zone),
      [ZONES[0], ZONES[2]],
    )
  })
})
