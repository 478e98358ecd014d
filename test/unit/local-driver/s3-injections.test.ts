import assert from 'node:assert/strict'
import { Injections } from '../../../chaos/drivers/local/store/s3-proxy/injections.ts'
import type { Injection } from '../../../chaos/drivers/local/store/s3-proxy/protocol.ts'

const throttle = (share: number): Injection => ({ kind: 'throttle', share, operations: 'all' })
const fail = (count: number): Injection => ({ kind: 'fail', count, status: 500, operations: ['PutObject'] })

describe('injections of the S3 proxy', () => {
  const judge = (injections: Injections, times: number, isProbe = false) =>
    Array.from({ length: times }, () => injections.judge('az-a', 'PutObject', isProbe).error)

  it('touch nothing before they are put, nor in other zones, nor other operations', () => {
    const injections = new Injections(['az-a', 'az-b'])
    assert.deepEqual(injections.judge('az-a', 'PutObject', false), { delayMs: 0, error: null })
    injections.put(['az-b'], 'one', throttle(1))
    injections.put(['az-a'], 'two', { kind: 'throttle', share: 1, operations: ['GetObject'] })
    assert.deepEqual(judge(injections, 1), [null])
    assert.equal(injections.judge('az-a', 'GetObject', false).error, 503)
  })

  it('throttle near the share, now and then two in a row, and the same for the same tag and zone', () => {
    const refusals = () => {
      const injections = new Injections(['az-a'])
      injections.put(['az-a'], 'one', throttle(0.2))
      return judge(injections, 5000)
    }
    const first = refusals()
    const refused = first.filter(error => error === 503).length
    // Five standard deviations of 5,000 draws.
    assert.ok(Math.abs(refused - 1000) < 5 * Math.sqrt(5000 * 0.2 * 0.8), String(refused))
    assert.ok(first.some((error, index) => error === 503 && first[index + 1] === 503))
    assert.deepEqual(refusals(), first)
  })

  it('fail so many requests and then none, however often they are put', () => {
    const injections = new Injections(['az-a'])
    injections.put(['az-a'], 'one', fail(2))
    assert.deepEqual(judge(injections, 1), [500])
    injections.put(['az-a'], 'one', fail(2))
    assert.deepEqual(judge(injections, 3), [500, null, null])
    assert.deepEqual(injections.injected('one'), { 'az-a': 2 })
  })

  it('fail our own requests as long as they are in force, and count none of them', () => {
    const injections = new Injections(['az-a'])
    injections.put(['az-a'], 'one', fail(1))
    assert.deepEqual(judge(injections, 3, true), [500, 500, 500])
    assert.deepEqual(judge(injections, 2), [500, null])
    assert.deepEqual(judge(injections, 1, true), [500])
    injections.clear(['az-a'], 'one')
    assert.deepEqual(judge(injections, 1, true), [null])
    assert.deepEqual(injections.injected('one'), { 'az-a': 1 })
  })

  it('add up delays, and delay an error too', () => {
    const injections = new Injections(['az-a'])
    injections.put(['az-a'], 'slow', { kind: 'delay', delayMs: 100, operations: 'all' })
    injections.put(['az-a'], 'slower', { kind: 'delay', delayMs: 200, operations: ['PutObject'] })
    injections.put(['az-a'], 'gone', throttle(1))
    assert.deepEqual(injections.judge('az-a', 'PutObject', false), { delayMs: 300, error: 503 })
    injections.clear(['az-a'], 'gone')
    assert.deepEqual(injections.judge('az-a', 'GetObject', false), { delayMs: 100, error: null })
    assert.deepEqual(injections.injected('slow'), { 'az-a': 2 })
  })

  it('begin to count anew when a tag is used again, and may be cleared twice', () => {
    const injections = new Injections(['az-a'])
    injections.put(['az-a'], 'one', throttle(1))
    judge(injections, 3)
    injections.clear(['az-a'], 'one')
    injections.clear(['az-a'], 'one')
    assert.deepEqual(injections.injected('one'), { 'az-a': 3 })
    injections.put(['az-a'], 'one', throttle(1))
    assert.deepEqual(injections.injected('one'), { 'az-a': 0 })
  })
})
