import assert from 'node:assert/strict'
import { connectionKey, parseNetstat, parseProcNetTcp, parseSs } from '../../../chaos/fleet/tcp-table.ts'

const HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n'

describe("the kernel's table of TCP connections", () => {
  it('reads established IPv4 connections from Linux and leaves other states out', () => {
    const text = `${HEAD}   1: 0100007F:C424 01010A7F:2384 01 00000000:00000000 00:00000000 00000000     0        0 1
   2: 0100007F:C425 01010A7F:2384 06 00000000:00000000 03:00000000 00000000     0        0 0
`
    assert.deepEqual(parseProcNetTcp(text), ['127.0.0.1:50212>127.10.1.1:9092'])
  })

  it('reads an IPv4 connection through an IPv6 socket, and a real IPv6 one', () => {
    const text = `${HEAD}   0: 0000000000000000FFFF00000100007F:C424 0000000000000000FFFF000001010A7F:2384 01
   1: 00000000000000000000000001000000:0050 00000000000000000000000001000000:C350 01
`
    assert.deepEqual(parseProcNetTcp(text), ['127.0.0.1:50212>127.10.1.1:9092', '::1:80>::1:50000'])
  })

  it('reads netstat of macOS', () => {
    const text = `Active Internet connections (including servers)
Proto Recv-Q Send-Q  Local Address          Foreign Address        (state)
tcp4       0      0  127.0.0.1.50212        127.10.1.1.9092        ESTABLISHED
tcp4       0      0  127.0.0.1.50213        127.10.1.1.9092        TIME_WAIT
tcp4       0      0  *.9092                 *.*                    LISTEN
`
    assert.deepEqual(parseNetstat(text), ['127.0.0.1:50212>127.10.1.1:9092'])
  })

  it('reads from ss how much the other end of each connection has acknowledged', () => {
    const text = `0      0           127.0.0.1:50212        127.10.1.1:9092
\t cubic wscale:7,7 rto:204 bytes_sent:900 bytes_acked:855 bytes_received:120 segs_out:5
0      0      [::ffff:127.0.0.1]:50213 [::ffff:127.10.1.1]:9092
\t cubic wscale:7,7 rto:204 segs_out:5
`
    assert.deepEqual(
      [...parseSs(text)],
      [
        ['127.0.0.1:50212>127.10.1.1:9092', 855],
        ['127.0.0.1:50213>127.10.1.1:9092', 0],
      ],
    )
  })

  it('gives one key to an address, however it is written', () => {
    assert.equal(connectionKey('::ffff:127.0.0.1', 1, '127.10.1.1', 2), '127.0.0.1:1>127.10.1.1:2')
  })
})
