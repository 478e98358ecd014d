import assert from 'node:assert/strict'
import { TryCounter } from '../../../chaos/drivers/local/store/store-tries.ts'

const WAY = { a: '127.20.31.9', b: '127.20.32.9' }

const counter = (mode: 'silent' | 'refuse' = 'silent') =>
  new TryCounter({ 'az-a': WAY.a, 'az-b': WAY.b }, mode)
/** As `ss -tniH` prints it: addresses, then what was carried. */
const socket = (local: string, peer: string, received: number) =>
  `ESTAB 0 0 ${local} ${peer}\n\t rto:204 rtt:0.1/0.1 bytes_sent:1 bytes_acked:2 bytes_received:${received} segs_in:3\n`
/** As `ss -tniHOE` does, in one line. */
const ended = (local: string, peer: string, carried = '') =>
  `UNCONN 0 1 ${local} ${peer} rto:1000 mss:524 ${carried}`

describe('the count of tries at a store that is cut off', () => {
  it('takes each connection that carried bytes into the hole for one, and none that carried them before', () => {
    const tries = counter()
    tries.open(socket(`${WAY.a}:7070`, '127.0.0.1:50001', 900))
    tries.look(
      socket(`${WAY.a}:7070`, '127.0.0.1:50001', 900) +
        socket(`${WAY.a}:7070`, '127.0.0.1:50002', 400) +
        socket(`${WAY.b}:7070`, '127.0.0.1:50003', 0) +
        socket('127.20.0.1:9092', '127.0.0.1:50004', 4000),
    )
    assert.deepEqual([tries.count('az-a'), tries.count('az-b')], [1, 0])
    tries.look(socket(`${WAY.a}:7070`, '127.0.0.1:50001', 1300))
    assert.equal(tries.count('az-a'), 2)
  })

  it('does not take the end of an idle connection for a byte, as the kernel does', () => {
    const tries = counter()
    tries.open(socket(`${WAY.a}:7070`, '127.0.0.1:50001', 900))
    tries.destroyed(ended(`${WAY.a}:7070`, '127.0.0.1:50001', 'bytes_acked:1 bytes_received:901'))
    assert.equal(tries.count('az-a'), 0)
  })

  it('counts a connection once, also when it ends before anybody looks', () => {
    const tries = counter()
    tries.open('')
    tries.destroyed(ended(`${WAY.a}:7070`, '127.0.0.1:50001', 'bytes_acked:1 bytes_received:700'))
    tries.look(socket(`${WAY.a}:7070`, '127.0.0.1:50001', 700))
    assert.equal(tries.count('az-a'), 1)
  })

  it('takes a socket that ended without ever having been established for a refusal, whatever its notation', () => {
    const tries = counter()
    tries.destroyed(ended('0.0.0.0:50001', `${WAY.a}:*`))
    tries.destroyed(ended('127.0.0.1:50002', `${WAY.a}:7070`, 'segs_out:1 segs_in:1'))
    tries.destroyed(ended('[::ffff:127.0.0.1]:50003', `[::ffff:${WAY.a}]:7070`))
    tries.destroyed(ended('127.0.0.1:50004', '127.20.0.1:9092'))
    assert.deepEqual([tries.count('az-a'), tries.count('az-b')], [3, 0])
  })

  it('does not take the end of a connection that had worked for a refusal, on either end of it', () => {
    const tries = counter('refuse')
    tries.destroyed(ended(`${WAY.a}:7070`, '127.0.0.1:50001', 'bytes_acked:6 bytes_received:9'))
    tries.destroyed(ended('127.0.0.1:50001', `${WAY.a}:7070`, 'bytes_sent:9 bytes_acked:10 bytes_received:5'))
    assert.equal(tries.count('az-a'), 0)
  })

  it('takes off what we asked ourselves, zone by zone', () => {
    const tries = counter()
    tries.ours('az-a')
    tries.destroyed(ended('127.0.0.1:50001', `${WAY.a}:7070`))
    tries.destroyed(ended('127.0.0.1:50002', `${WAY.b}:7070`))
    assert.deepEqual([tries.count('az-a'), tries.count('az-b')], [0, 1])
    tries.ours('az-a')
    assert.equal(tries.count('az-a'), 0)
  })
})
