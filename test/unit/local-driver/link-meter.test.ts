import assert from 'node:assert/strict'
import { labLayout } from '../../../chaos/drivers/local/lab/lab-layout.ts'
import { parseSockets, parseToxiproxyMetrics } from '../../../chaos/drivers/link-meter.ts'

const SS = `ESTAB 0      0         127.10.1.2:9092    127.0.0.1:40112
	 cubic wscale:7,7 rto:204 bytes_acked:5200 bytes_received:1300 segs_out:9
ESTAB 0      0         127.10.1.2:9092    127.0.0.1:40114
	 cubic wscale:7,7 rto:204 segs_out:1 segs_in:2
CLOSE-WAIT 1 0         127.10.3.1:9094    127.0.0.1:51000
	 cubic bytes_acked:7 bytes_received:8
`

describe('the sockets that the kernel lists', () => {
  it('are read with their bytes in both directions, of any state', () => {
    const sockets = parseSockets(SS)
    assert.deepEqual(sockets.get('127.10.1.2:9092 127.0.0.1:40112'), { toNode: 1300, back: 5200 })
    assert.deepEqual(sockets.get('127.10.3.1:9094 127.0.0.1:51000'), { toNode: 8, back: 7 })
  })

  it('count nothing where the kernel names no bytes', () => {
    assert.deepEqual(parseSockets(SS).get('127.10.1.2:9092 127.0.0.1:40114'), { toNode: 0, back: 0 })
  })

  it('are none in an empty list', () => {
    assert.equal(parseSockets('').size, 0)
  })
})

describe('the counters of Toxiproxy', () => {
  const { links } = labLayout(0, '/nowhere').topology

  it('are added up by link, towards the node and back', () => {
    const text = `# TYPE toxiproxy_proxy_received_bytes_total counter
toxiproxy_proxy_received_bytes_total{direction="upstream",listener="127.10.1.2:9092",proxy="az-a.2.client",upstream="127.20.0.2:9092"} 1.5e+06
toxiproxy_proxy_received_bytes_total{direction="downstream",listener="127.10.1.2:9092",proxy="az-a.2.client",upstream="127.20.0.2:9092"} 42
toxiproxy_proxy_sent_bytes_total{direction="downstream",listener="127.10.1.2:9092",proxy="az-a.2.client",upstream="127.20.0.2:9092"} 99
toxiproxy_proxy_received_bytes_total{direction="upstream",listener="x",proxy="unknown",upstream="y"} 5
`
    const totals = parseToxiproxyMetrics(text, links)
    assert.deepEqual(totals['az-a>2:client'], [1_500_000, 42])
  })

  it('are zero for links that nothing used', () => {
    const totals = parseToxiproxyMetrics('', links)
    assert.equal(Object.keys(totals).length, 21)
    assert.ok(Object.values(totals).every(([toNode, back]) => toNode === 0 && back === 0))
  })
})
