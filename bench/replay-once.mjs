// Reads a topic whole, once, and prints what that took of this process, its start included. Runs what is built.
// `node bench/replay-once.mjs <job as JSON>`: { dist, kind: 'log' | 'group', threads, topology, addresses, contract, dir, group }
import { pathToFileURL } from 'node:url'
import { join } from 'node:path'

const job = JSON.parse(process.argv[2])
const load = path => import(pathToFileURL(join(job.dist, 'chaos', path)))
const { systemClock } = await load('system-clock.js')
const options = {
  topology: job.topology,
  zone: 'az-c',
  dial: (_zone, host) => job.addresses[host],
  contract: job.contract,
  clock: systemClock,
  historyDir: job.dir,
  groupId: job.group,
  onTrouble: message => void process.stderr.write(`${message}\n`),
}
const began = performance.now()
const result = job.kind === 'log' ? await byTheLog() : await byTheGroup()
const { user, system } = process.cpuUsage()
process.stdout.write(
  JSON.stringify({
    records: result.records,
    bytes: result.bytes,
    seconds: result.seconds,
    wholeSeconds: (performance.now() - began) / 1000,
    cpuSeconds: (user + system) / 1e6,
    peakMiB: process.resourceUsage().maxRSS / 1024,
  }),
  () => process.exit(0),
)

async function byTheLog() {
  const { startReplay } = await load('replay/replay.js')
  const { prepareFetchThread } = await load('replay/log/fetch-thread.js')
  const threads = Array.from({ length: job.threads }, () => prepareFetchThread())
  const replayed = await startReplay({ ...options, threads: threads.map(one => one.take) }).result
  if (!replayed.isComplete) throw new Error(replayed.reason)
  await Promise.all(threads.map(one => one.close()))
  return replayed
}

/** As it was before: a kafkajs consumer in a group. */
async function byTheGroup() {
  const { Reading } = await load('replay/reading.js')
  const { GroupReader } = await load('replay/group-reader.js')
  const { PartitionDigest } = await load('replay/partition-digest.js')
  const digests = new Map()
  const onRecord = (position, offset, { value }) => {
    if (!digests.has(position)) digests.set(position, new PartitionDigest())
    digests.get(position).update(offset, value)
  }
  const reading = await Reading.open(options, {
    process: 'recovery',
    role: 'recovery',
    bounds: ({ low, high }) => ({ start: low, end: high }),
    reader: parts => new GroupReader({ ...parts, onRecord }),
  })
  const from = performance.now()
  reading.reader.start()
  await reading.reader.finished
  const took = (performance.now() - from) / 1000
  await reading[Symbol.asyncDispose]()
  let records = 0
  let bytes = 0
  for (const position of reading.positions.values()) {
    records += position.records
    bytes += position.bytes
  }
  return { records, bytes, seconds: took }
}
