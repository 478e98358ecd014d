import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import { crc32 } from 'node:zlib'
import { seededRandom } from '../../chaos/core/random.ts'
import type { ObjectOperationCounts } from '../../chaos/record/samples.ts'
import { waitFor } from '../../chaos/core/wait.ts'
import { STORE_OPERATIONS } from '../../chaos/drivers/driver.ts'
import { storeCommands, storeReady } from '../../chaos/drivers/local/store/object-store-node.ts'
import { findAlive } from '../../chaos/machine/process-table.ts'
import { endEverythingOf } from '../../chaos/drivers/local/lab/supervisor.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { codeOf, S3Client } from './s3-client.ts'
import { startTestStore, type TestStore } from './test-store.ts'

const soon = { clock: systemClock, deadlineMs: 10_000, everyMs: 20 }

/** Bytes that are the same in every run and do not repeat. */
function bytes(length: number, seed: string): Buffer {
  const random = seededRandom(seed)
  return Buffer.from(Array.from({ length }, () => random.integer(256)))
}

describe('the way to the object store', function () {
  this.timeout(120_000)
  let store: TestStore
  let agent: Agent
  const client = (zone: string) => new S3Client(store, zone, agent)

  before(async () => {
    store = await startTestStore()
    agent = new Agent({ keepAlive: true })
  })
  after(async () => {
    agent?.destroy()
    await store?.[Symbol.asyncDispose]()
  })

  /** What a zone's proxy counted while `work` ran, once the last of its requests is counted. */
  async function counted(
    zone: string,
    expected: number,
    work: () => Promise<unknown>,
  ): Promise<Record<string, ObjectOperationCounts>> {
    const read = async () => (await store.control.use()).zones[zone] ?? {}
    const before = await read()
    await work()
    const since = async () => {
      const now = await read()
      const names = Object.keys(now).filter(name => now[name]?.requests !== before[name]?.requests)
      return Object.fromEntries(
        names.map(name => {
          const [to, from] = [now[name], before[name]]
          assert.ok(to)
          const minus = (key: keyof ObjectOperationCounts) => to[key] - (from?.[key] ?? 0)
          return [
            name,
            {
              requests: minus('requests'),
              failed: minus('failed'),
              toStoreBytes: minus('toStoreBytes'),
              fromStoreBytes: minus('fromStoreBytes'),
            },
          ]
        }),
      )
    }
    const total = (counts: Record<string, ObjectOperationCounts>) =>
      Object.values(counts).reduce((sum, one) => sum + one.requests, 0)
    await waitFor(`${expected} requests to be counted`, async () => total(await since()) === expected, soon)
    return since()
  }

  it('leaves a signature valid for every operation, from every zone', async () => {
    for (const zone of store.layout.topology.zones) {
      for (const operation of STORE_OPERATIONS.filter(one => one !== 'Other')) {
        const reply = await store.objectStore.request(zone, operation, 5000)
        assert.equal(reply.outcome, 'answered', operation)
        assert.ok(
          reply.status !== null && (reply.status < 300 || reply.status === 404),
          `${operation}: ${reply.status}`,
        )
      }
    }
  })

  it('does not let in whoever signs with another secret', async () => {
    const stranger = new S3Client(store, 'az-a', agent, 'another secret')
    const answer = await stranger.put('strange', 'x')
    assert.deepEqual([answer.status, codeOf(answer)], [403, 'SignatureDoesNotMatch'])
  })

  it('carries ranges, multipart uploads and copies, and counts each by its operation and its bytes', async () => {
    const s3 = client('az-a')
    const [first, second] = [bytes(5 * 1024 * 1024, 'first'), bytes(70_000, 'second')]
    const whole = Buffer.concat([first, second])
    const counts = await counted('az-a', 7, async () => {
      const key = 'parts/one'
      const created = await s3.send({ method: 'POST', key, query: { uploads: '' } })
      const uploadId = /<UploadId>([^<]+)</.exec(created.body.toString())?.[1] ?? ''
      const etags: string[] = []
      for (const [index, body] of [first, second].entries()) {
        const query = { partNumber: String(index + 1), uploadId }
        const part = await s3.send({ method: 'PUT', key, query, body })
        etags.push(String(part.headers.etag))
      }
      const parts = etags.map(
        (etag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${etag}</ETag></Part>`,
      )
      const body = `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`
      const completed = await s3.send({ method: 'POST', key, query: { uploadId }, body })
      assert.equal(completed.status, 200)
      assert.deepEqual((await s3.get(key)).body, whole)
      const part = await s3.get(key, { range: `bytes=${first.length - 10}-${first.length + 9}` })
      assert.equal(part.status, 206)
      assert.deepEqual(part.body, whole.subarray(first.length - 10, first.length + 10))
      const copied = await s3.send({
        method: 'PUT',
        key: 'copy',
        headers: { 'x-amz-copy-source': `/aftershock-data/${key}` },
      })
      assert.equal(copied.status, 200)
    })
    assert.deepEqual(counts['UploadPart'], {
      requests: 2,
      failed: 0,
      toStoreBytes: whole.length,
      fromStoreBytes: 0,
    })
    assert.deepEqual(counts['GetObject'], {
      requests: 2,
      failed: 0,
      toStoreBytes: 0,
      fromStoreBytes: whole.length + 20,
    })
    assert.deepEqual(Object.keys(counts).sort(), [
      'CompleteMultipartUpload',
      'CopyObject',
      'CreateMultipartUpload',
      'GetObject',
      'UploadPart',
    ])
  })

  it('passes on the leave to send a body, and sends it only then', async () => {
    const s3 = client('az-b')
    const body = bytes(300_000, 'expected')
    const answer = await s3.send({ method: 'PUT', key: 'expected', body, expect: true })
    assert.deepEqual([answer.status, answer.continues], [200, 1])
    assert.deepEqual((await s3.get('expected')).body, body)
  })

  it('carries a body in signed chunks with a checksum behind it, as SDKs send it by default', async () => {
    const data = bytes(100_000, 'chunks')
    const checksum = Buffer.alloc(4)
    checksum.writeUInt32BE(crc32(data))
    const encoded = (sum: string) =>
      Buffer.concat([
        Buffer.from(`${data.length.toString(16)}\r\n`),
        data,
        Buffer.from(`\r\n0\r\nx-amz-checksum-crc32:${sum}\r\n\r\n`),
      ])
    const send = (key: string, sum: string) =>
      client('az-a').send({
        method: 'PUT',
        key,
        body: encoded(sum),
        payload: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
        headers: {
          'content-encoding': 'aws-chunked',
          'x-amz-decoded-content-length': String(data.length),
          'x-amz-trailer': 'x-amz-checksum-crc32',
        },
      })
    assert.equal((await send('chunked', checksum.toString('base64'))).status, 200)
    assert.deepEqual((await client('az-a').get('chunked')).body, data)
    assert.equal((await send('torn', 'AAAAAA==')).status, 400)
  })

  it('counts what it carried to the byte, under many requests at once, and nothing of our own', async () => {
    const body = bytes(10_000, 'many')
    const counts = await counted('az-c', 121, async () => {
      const keys = Array.from({ length: 60 }, (_, index) => `many/${index}`)
      await Promise.all(keys.map(key => client('az-c').put(key, body)))
      await Promise.all(keys.map(key => client('az-c').get(key)))
      await store.objectStore.request('az-c', 'GetObject', 5000)
      assert.equal((await client('az-c').get('nothing')).status, 404)
    })
    const missing = (await client('az-c').get('nothing')).body.length
    assert.deepEqual(counts, {
      PutObject: { requests: 60, failed: 0, toStoreBytes: 600_000, fromStoreBytes: 0 },
      GetObject: { requests: 61, failed: 0, toStoreBytes: 0, fromStoreBytes: 600_000 + missing },
    })
  })

  it('reads a large body before it says SlowDown, so that the client hears it', async () => {
    await store.objectStore.throttle(['az-a'], 'all-of-it', { share: 1, operations: ['PutObject'] })
    const body = Buffer.alloc(20 * 1024 * 1024)
    const counts = await counted('az-a', 3, async () => {
      const plain = await client('az-a').put('large', body)
      assert.deepEqual([plain.status, codeOf(plain)], [503, 'SlowDown'])
      const polite = await client('az-a').send({ method: 'PUT', key: 'large', body, expect: true })
      assert.deepEqual([polite.status, codeOf(polite), polite.continues], [503, 'SlowDown', 1])
      assert.equal((await client('az-a').get('large')).status, 404)
    })
    assert.equal((await client('az-b').put('other-zone', 'x')).status, 200)
    await store.objectStore.clear(['az-a'], 'all-of-it')
    assert.deepEqual([counts['PutObject']?.failed, counts['PutObject']?.toStoreBytes], [2, 2 * body.length])
    assert.deepEqual(await store.objectStore.injected('all-of-it'), { 'az-a': 2 })
    assert.equal((await client('az-a').put('small', 'x')).status, 200)
  })

  it('fails exactly as many requests of an operation as it was told, and none because of our own', async () => {
    const { objectStore } = store
    const spec = { count: 2, status: 500, operations: ['PutObject'] } as const
    await objectStore.failNext(['az-b'], 'twice', spec)
    const mine = await objectStore.request('az-b', 'PutObject', 5000)
    assert.deepEqual([mine.status, mine.code], [500, 'InternalError'])
    await objectStore.failNext(['az-b'], 'twice', spec)
    const statuses: number[] = []
    for (let i = 0; i < 5; i++) statuses.push((await client('az-b').put('once', 'x')).status)
    assert.deepEqual(statuses, [500, 500, 200, 200, 200])
    assert.equal((await client('az-b').get('once')).status, 200)
    assert.deepEqual(await objectStore.injected('twice'), { 'az-b': 2 })
    await objectStore.clear(['az-b'], 'twice')
    assert.equal((await objectStore.request('az-b', 'PutObject', 5000)).status, 200)
  })

  it('ends what was asked for a client that went away, and counts it as failed', async () => {
    const counts = await counted('az-b', 1, async () => {
      const body = Buffer.alloc(8 * 1024 * 1024)
      const cut = client('az-b').send({ method: 'PUT', key: 'aborted', body }, request =>
        request.write(body.subarray(0, 1024 * 1024), () => request.destroy()),
      )
      await assert.rejects(cut)
    })
    assert.equal(counts['PutObject']?.requests, 1)
    const failed = async () => (await store.control.use()).zones['az-b']?.['PutObject']?.failed ?? 0
    await waitFor('the request to count as failed', async () => (await failed()) >= 3, soon)
    assert.equal((await client('az-b').get('aborted')).status, 404)
  })

  it('outlives a store that dies: its requests fail and are counted, and go through when it is back', async () => {
    const failedReads = async () => (await store.control.use()).zones['az-c']?.['GetObject']?.failed ?? 0
    const before = await failedReads()
    const large = await client('az-c').put('large-read', Buffer.alloc(32 * 1024 * 1024))
    assert.equal(large.status, 200)
    const counts = await counted('az-c', 2, async () => {
      let killed: Promise<unknown> = Promise.resolve()
      const torn = client('az-c').send({ method: 'GET', key: 'large-read' }, request => {
        request.end()
        request.once('response', () => {
          killed = store.supervisor.end('object-store', null, 'SIGKILL', 0)
        })
      })
      await assert.rejects(torn, 'an answer that is not whole must not look whole')
      await killed
      const answer = await client('az-c').put('lost', bytes(200_000, 'lost'))
      assert.equal(answer.status, 502)
    })
    assert.equal(counts['PutObject']?.failed, 1)
    await waitFor('the read to count as failed', async () => (await failedReads()) === before + 1, soon)
    const runtime = store.supervisor.state.store
    assert.ok(runtime)
    const [command] = storeCommands(store.layout, runtime)
    assert.ok(command)
    store.supervisor.start(command)
    await storeReady(store.layout, { clock: systemClock, assertAlive: () => {} })
    assert.equal((await client('az-c').get('small')).status, 200)
  })

  it('leaves nothing behind an owner that was killed, even when no one wrote down what it had started', async () => {
    await using orphaned = await startTestStore(6)
    const { supervisor, layout } = orphaned
    const processes = supervisor.state.processes.map(({ process }) => process)
    assert.equal(processes.length, 3)
    supervisor.update({ processes: [] })
    assert.equal(await endEverythingOf(layout.dir, systemClock), 3)
    assert.deepEqual(processes.filter(findAlive), [])
  })
})
