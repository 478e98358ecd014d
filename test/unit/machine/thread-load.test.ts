import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { unreadIn } from '../../../chaos/machine/receive-queues.ts'
import { ThreadLoad } from '../../../chaos/machine/thread-load.ts'

describe('the load of a thread', () => {
  it('is what it computed, in which Linux tells waiting for a CPU apart', () => {
    using load = new ThreadLoad()
    load.look()
    const began = performance.now()
    // Work of its own, whatever the machine gives it.
    const before = process.cpuUsage()
    while (process.cpuUsage(before).user < 50_000);
    const reading = load.look()
    assert.ok(reading.forMs <= Math.ceil(performance.now() - began) + 50)
    assert.ok(reading.busy > 0.9)
    if (process.platform !== 'linux') return
    assert.ok(reading.cpu !== null && reading.waited !== null)
    assert.ok(reading.cpu * reading.forMs >= 40, `${reading.cpu} of ${reading.forMs} ms`)
    assert.ok(reading.cpu + reading.waited <= 1.1)
  })
})

describe('what waits in the kernel', () => {
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 0200007F:C001 01 00000000:00000010 00:00000000 00000000     0        0 1 1 0 20 4 30 10 -1
   1: 0100007F:1F91 0200007F:C002 01 00000000:00001000 00:00000000 00000000     0        0 1 1 0 20 4 30 10 -1
   2: 0100007F:1F92 0200007F:C003 01 00000000:00FFFFFF 00:00000000 00000000     0        0 1 1 0 20 4 30 10 -1
`

  it('is added up over the ports that are asked about, and no others', () => {
    assert.equal(unreadIn(table, new Set([0x1f90, 0x1f91])), 0x1010)
    assert.equal(unreadIn(table, new Set([0x1f93])), 0)
  })
})
