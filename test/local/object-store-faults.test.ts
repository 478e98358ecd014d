import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FaultEntry } from '../../chaos/core/drill.ts'
import type { JournalLine } from '../../chaos/record/journal-events.ts'
import { seededRandom } from '../../chaos/core/random.ts'
import { linkId } from '../../chaos/core/topology.ts'
import type { Driver } from '../../chaos/drivers/driver.ts'
import { labObjectStore } from '../../chaos/drivers/local/store/object-store.ts'
import { toxiproxyLinks } from '../../chaos/drivers/local/links/toxiproxy-links.ts'
import { Journal } from '../../chaos/record/journal.ts'
import { readJournal } from '../../chaos/record/journal-reader.ts'
import type { Fault } from '../../chaos/faults/fault.ts'
import { isServed } from '../../chaos/faults/store-reading.ts'
import { faultOf } from '../../chaos/faults/index.ts'
import { liveThroughFault } from '../../chaos/run/fault-life.ts'
import { healFault } from '../../chaos/run/heal-fault.ts'
import { JournalState } from '../../chaos/run/journal-state.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { S3Client } from './s3-client.ts'
import { startTestStore, type TestStore } from './test-store.ts'

/** What each fault is tried with; those of links reach the store over the zone's own. */
const TRIED: readonly (readonly [kind: string, spec: object])[] = [
  ['s3-throttle', { share: 0.3 }],
  ['s3-throttle', { zones: 'az-b', share: 1, operations: ['UploadPart'] }],
  ['s3-latency', { delayMs: 150 }],
  ['s3-latency', { zones: ['az-a', 'az-c'], delayMs: 100, operations: ['PutObject', 'DeleteObjects'] }],
  ['s3-outage', { mode: 'silent' }],
  ['s3-outage', { mode: 'refuse' }],
  ['s3-outage', { zones: 'random', mode: 'refuse' }],
  ['s3-error-once', { count: 2 }],
  ['s3-error-once', { status: 503, operations: ['HeadObject'] }],
  ['link-latency', { links: { zone: 'az-b', direction: 'out', traffic: 'brokers' }, delayMs: 100 }],
  [
    'link-bandwidth',
    { links: { zone: 'az-a', direction: 'out', traffic: 'brokers' }, kilobytesPerSecond: 500 },
  ],
  ['link-reset', { links: { zone: 'az-c', direction: 'out', traffic: 'brokers' }, everyMs: 200 }],
  ['zone-cut', { zone: 'az-c', direction: 'out', traffic: 'brokers' }],
]

describe('faults on the way to a real object store', function () {
  this.timeout(120_000)
  let store: TestStore
  let driver: Driver
  let folder: string

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'aftershock-journal-'))
    store = await startTestStore(8)
    // There are no brokers here: of all links, only those to the store lead anywhere.
    const { topology } = store.driver
    const links = topology.links.filter(link => link.listener === 's3')
    driver = { ...store.driver, topology: { ...topology, links } }
  })
  after(async () => {
    await store?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  async function live(fault: Fault, on: Driver, name: string, spec: object) {
    const entry: FaultEntry = {
      id: name,
      role: 'fault',
      kind: fault.kind,
      atMs: 0,
      forMs: 0,
      spec: fault.spec.parse(spec) as Record<string, unknown>,
    }
    const lines: JournalLine[] = []
    using journal = Journal.create(join(folder, `${name}.jsonl`), systemClock)
    journal.onLine(line => lines.push(line))
    const outcome = await liveThroughFault(
      fault,
      entry,
      {
        driver: on,
        journal,
        clock: systemClock,
        random: seededRandom(1),
        signal: new AbortController().signal,
      },
      Promise.resolve(),
    )
    return { outcome, lines, kinds: lines.map(line => line.kind) }
  }

  for (const [index, [kind, spec]] of TRIED.entries()) {
    it(`${kind} with ${JSON.stringify(spec)}: is proven, healed, and the heal is proven`, async () => {
      const { outcome, lines } = await live(faultOf(kind), driver, `tried-${index}`, spec)
      assert.deepEqual(outcome, { proven: true, healed: true, isUnanswered: false }, JSON.stringify(lines))
    })

    it(`${kind} with ${JSON.stringify(spec)}: is not proven when its injector does nothing`, async () => {
      const fault = faultOf(kind)
      const impatient: Fault = { ...fault, deadlines: { ...fault.deadlines, effectMs: 100 } }
      const { outcome, kinds } = await live(impatient, withoutHands(driver), `idle-${index}`, spec)
      assert.equal(outcome.proven, false)
      assert.ok(kinds.includes('fault.unproven'), kinds.join(', '))
    })
  }

  it('are healed from the journal alone, by a process that never saw them begin', async () => {
    for (const [index, [kind, spec]] of TRIED.slice(0, 9).entries()) {
      const id = `dead-${index}`
      const fault = faultOf(kind)
      const target = await fault.choose(driver, fault.spec.parse(spec), seededRandom(1))
      const before = await fault.probe(driver, target, id)
      const file = join(folder, `${id}.jsonl`)
      using journal = Journal.create(file, systemClock)
      const { summary, zones, nodes } = target
      const links = target.links.map(linkId)
      journal.append({
        kind: 'fault.intended',
        id,
        fault: kind,
        spec,
        target,
        before,
        summary,
        zones,
        nodes,
        links,
      })
      await fault.inject(driver, target, id)
      const { layout, credentials } = store
      const ways = toxiproxyLinks(layout.addresses.toxiproxy, layout, systemClock)
      const later = {
        ...driver,
        links: ways,
        objectStore: labObjectStore(layout, credentials, ways, systemClock),
      }
      const [open] = JournalState.after(
        (await readJournal(file)).events.map(({ event }) => event),
      ).openFaults()
      assert.ok(open)
      assert.equal(fault.isHealed(await fault.probe(later, open.target, id), open.before, open.target), false)
      assert.ok((await healFault(fault, later, open, journal, systemClock)).healed, kind)
      await fault.heal(later, open.target, id)
    }
  })

  it('overlap, and each heal takes away its own alone', async () => {
    const { objectStore } = store
    const look = async () => {
      const reply = await objectStore.request('az-a', 'GetObject', 1000)
      return { outcome: reply.outcome, served: isServed(reply), late: reply.ms >= 99 }
    }
    await objectStore.delay(['az-a'], 'slow', { delayMs: 100, operations: 'all' })
    await objectStore.throttle(['az-a'], 'busy', { share: 1, operations: 'all' })
    await objectStore.cut(['az-a'], 'gone', { mode: 'refuse' })
    await objectStore.cut(['az-a'], 'silent', { mode: 'silent' })
    assert.equal((await look()).outcome, 'refused')
    await objectStore.clear(['az-a'], 'gone')
    await objectStore.clear(['az-a'], 'silent')
    assert.deepEqual(await look(), { outcome: 'answered', served: false, late: true })
    await objectStore.clear(['az-a'], 'busy')
    assert.deepEqual(await look(), { outcome: 'answered', served: true, late: true })
    await objectStore.clear(['az-a'], 'slow')
    assert.deepEqual(await look(), { outcome: 'answered', served: true, late: false })
  })

  it('say how many requests of the platform ran into them, without our own', async () => {
    const agent = new Agent({ keepAlive: true })
    const { objectStore } = store
    const fault = faultOf('s3-error-once')
    const spec = fault.spec.parse({ zones: 'az-b', count: 2 })
    const target = await fault.choose(driver, spec, seededRandom(1))
    const before = await fault.probe(driver, target, 'hit')
    await fault.inject(driver, target, 'hit')
    const s3 = new S3Client(store, 'az-b', agent)
    assert.deepEqual([(await s3.put('hit', 'x')).status, (await s3.put('hit', 'x')).status], [500, 500])
    assert.equal((await s3.put('hit', 'x')).status, 200)
    await fault.heal(driver, target, 'hit')
    agent.destroy()
    const now = await fault.probe(driver, target, 'hit')
    const observed = fault
      .describe(now, before, target, 'after')
      .find(({ what }) => what.startsWith('brokers in'))
    assert.deepEqual(observed, {
      what: 'brokers in az-b, that failed, of 2',
      value: 2,
      unit: 'requests of the platform',
    })
    assert.deepEqual(await objectStore.injected('hit'), { 'az-b': 2 })
  })

  for (const [mode, words] of [
    ['silent', 'sent in vain'],
    ['refuse', 'refused'],
  ] as const) {
    it(`count what the platform tried during an outage (${mode}), without our own and without idle connections`, async () => {
      const agent = new Agent({ keepAlive: true })
      const fault = faultOf('s3-outage')
      const spec = fault.spec.parse({ mode, zones: ['az-a', 'az-b'] })
      const target = await fault.choose(driver, spec, seededRandom(1))
      const [tries, idle] = [new S3Client(store, 'az-a', agent), new S3Client(store, 'az-b', agent)]
      assert.equal((await tries.put('before', 'x')).status, 200)
      assert.equal((await idle.put('before', 'x')).status, 200)
      const id = `tried-in-vain-${mode}`
      const before = await fault.probe(driver, target, id)
      await fault.inject(driver, target, id)
      const vain = ['one', 'two', 'three'].map(key => tries.put(key, 'x').catch(() => {}))
      assert.ok(fault.isEffective(await fault.probe(driver, target, id), before, target))
      await fault.heal(driver, target, id)
      agent.destroy()
      await Promise.all(vain)
      const seen = fault.describe(await fault.probe(driver, target, id), before, target, 'after')
      const counted = (zone: string, value: number) => ({
        what: `brokers in ${zone}, ${words}`,
        value,
        unit: 'requests of the platform',
      })
      assert.deepEqual(seen.slice(2), [counted('az-a', 3), counted('az-b', 0)])
    })
  }

  it('leave the store to a zone whose cut keeps it', async () => {
    const cut = faultOf('zone-cut')
    const target = await cut.choose(
      store.driver,
      cut.spec.parse({ zone: 'az-c', objectStore: 'keep' }),
      seededRandom(1),
    )
    const look = (zone: string) => store.objectStore.request(zone, 'GetObject', 500)
    await cut.inject(store.driver, target, 'kept')
    assert.ok(isServed(await look('az-c')))
    await cut.heal(store.driver, target, 'kept')
    const whole = await cut.choose(store.driver, cut.spec.parse({ zone: 'az-c' }), seededRandom(1))
    await cut.inject(store.driver, whole, 'taken')
    assert.equal((await look('az-c')).outcome, 'silent')
    assert.ok(isServed(await look('az-a')))
    await cut.heal(store.driver, whole, 'taken')
    assert.ok(isServed(await look('az-c')))
  })
})

/** The same eyes, and hands that do nothing. */
function withoutHands(driver: Driver): Driver {
  const nothing = async () => {}
  const { links, objectStore } = driver
  assert.ok(links && objectStore)
  return {
    ...driver,
    links: { ...links, delay: nothing, narrow: nothing, reset: nothing, cut: nothing, clear: nothing },
    objectStore: {
      ...objectStore,
      throttle: nothing,
      delay: nothing,
      failNext: nothing,
      cut: nothing,
      clear: nothing,
    },
  }
}
