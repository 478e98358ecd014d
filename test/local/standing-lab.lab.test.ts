import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { EXIT } from '../../chaos/core/exit-codes.ts'
import type { ProcessIdentity } from '../../chaos/core/process-identity.ts'
import { storeLink, ZONES } from '../../chaos/core/topology.ts'
import { waitFor } from '../../chaos/core/wait.ts'
import { attachLab } from '../../chaos/drivers/local/lab/lab.ts'
import { findAlive, signalProcess } from '../../chaos/machine/process-table.ts'
import { storeControl } from '../../chaos/drivers/local/store/store-control.ts'
import { toxiproxyApi } from '../../chaos/drivers/toxiproxy-api.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { withLabAdmin } from '../../chaos/drivers/local/lab/lab-admin.ts'
import { localDriver } from '../../chaos/drivers/local/local-driver.ts'
import { JournalState } from '../../chaos/run/journal-state.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import {
  aftershock,
  guardianFinished,
  journalOf,
  processesOf,
  succeed,
  untilJournal,
  type Workplace,
  workplace,
} from './program.ts'

/** Its number in the protocol: kafkajs exports the name for types only. */
const BROKER = 4

interface Status {
  readonly whole: boolean | null
  readonly leftovers: readonly string[]
  readonly deadRun: string | null
}

const drillNamed = (name: string) => packageFile('test', 'fixtures', 'drills', `${name}.yaml`)

/** A drill whose one fault is a latency of 600 ms on a zone's links, until the end. */
function slowDrill(place: Workplace): string {
  const quick = readFileSync(drillNamed('quick'), 'utf8')
  const contract = packageFile('contracts', 'fleet.yaml')
  const text = quick
    .replace(/^drill: .*$/m, 'drill: slow')
    .replace(/^contract: .*$/m, `contract: ${contract}`)
    .replace(/^.*gate: replay.*\n/gm, '')
    .replace(
      /^timeline:\n(?: .*\n)+/m,
      'timeline:\n  - { at: 1s, fault: link-latency, links: { zone: az-b }, delayMs: 600, for: 10m }\n',
    )
  const path = join(place.dir, 'slow.yaml')
  writeFileSync(path, text)
  return path
}

async function statusOf(place: Workplace): Promise<Status> {
  return JSON.parse((await succeed(place, 'lab', 'status', '--json')).stdout) as Status
}

/** Starts a run and interrupts it as soon as it has the lab. */
async function attachOnce(place: Workplace, drill: string, name: string, ...more: string[]) {
  const runDir = join(place.dir, name)
  const program = aftershock(place, 'run', drill, '--out', runDir, ...more)
  await untilJournal(program, runDir, 'lab.attached')
  program.child.kill('SIGINT')
  assert.equal(await program.exit, EXIT.interrupted, program.output().stderr)
  return journalOf(runDir).flatMap(line => (line.kind === 'lab.leftovers' ? [line] : []))
}

async function refused(place: Workplace, drill: string, name: string): Promise<string> {
  const runDir = join(place.dir, name)
  const program = aftershock(place, 'run', drill, '--out', runDir)
  assert.equal(await program.exit, EXIT.unavailable, program.output().stderr)
  assert.ok(journalOf(runDir).some(line => line.kind === 'lab.leftovers' && !line.healed))
  return program.output().stderr
}

describe('a lab that stays', function () {
  this.timeout(400_000)

  it('is taken for whole only when it is, whoever left what it has', async () => {
    using place = workplace()
    assert.equal(await aftershock(place, 'lab', 'status').exit, EXIT.unavailable)
    const up = JSON.parse((await succeed(place, 'lab', 'up', '--json')).stdout) as { up: boolean }
    assert.equal(up.up, true)
    assert.deepEqual((await statusOf(place)).leftovers, [])
    const drill = slowDrill(place)

    // A run that dies in a fault, and its guardian with it.
    const dead = join(place.dir, 'dead')
    const program = aftershock(place, 'run', drill, '--out', dead)
    await untilJournal(program, dead, 'fault.injected')
    const { guardian } = JSON.parse(readFileSync(join(dead, 'run.json'), 'utf8')) as {
      guardian: ProcessIdentity
    }
    assert.ok(signalProcess(guardian, 'SIGKILL'))
    program.child.kill('SIGKILL')
    await program.exit
    const status = await statusOf(place)
    assert.equal(status.whole, false)
    assert.equal(status.deadRun, dead)
    assert.ok(status.leftovers.filter(what => what.includes('has a toxic')).length >= 12)
    const said = await refused(place, drill, 'after-dead')
    assert.ok(said.includes(` heal ${dead}`), said)
    const healed = JSON.parse((await succeed(place, 'heal', dead, '--json')).stdout) as {
      runs: readonly { healed: readonly string[] }[]
    }
    assert.deepEqual(healed.runs[0]?.healed, ['link-latency-1'])
    assert.equal((await statusOf(place)).whole, true)

    // Nobody's: healed, and in the journal.
    const { layout } = attachLab(place.labDir, systemClock)
    const api = toxiproxyApi(layout.addresses.toxiproxy)
    const name = 'az-a.2.client'
    await api.addToxic(name, {
      name: 'mine',
      type: 'latency',
      stream: 'upstream',
      toxicity: 1,
      attributes: { latency: 50, jitter: 0 },
    })
    await api.enable(await api.proxy('az-c.1.client'), false)
    const [found] = await attachOnce(place, drill, 'heals')
    assert.equal(found?.healed, true)
    assert.equal(found.found.length, 2)
    assert.match(found.found.join(), /az-a\.2\.client has a toxic: mine .*az-c\.1\.client is disabled/)
    assert.equal((await statusOf(place)).whole, true)
    assert.deepEqual(await attachOnce(place, drill, 'whole'), [])

    // What only a new lab mends.
    await withLabAdmin(layout, admin =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [
          {
            type: BROKER,
            name: '2',
            configEntries: [{ name: 'log.cleaner.threads', value: '2' }],
          },
        ],
      }),
    )
    await withLabAdmin(layout, admin =>
      admin.createTopics({ waitForLeaders: false, topics: [{ topic: 'mine', numPartitions: 1 }] }),
    )
    const changed = await refused(place, drill, 'changed')
    assert.match(changed, /broker 2: log\.cleaner\.threads=2 was set while it ran; topic mine is there/)
    assert.match(changed, / lab down && .* lab up/)
    const down = JSON.parse((await succeed(place, 'lab', 'down', '--json')).stdout) as object
    assert.deepEqual(down, { up: false, removed: true, dir: place.labDir })
    assert.deepEqual(processesOf(place), [])
  })
})

describe('a lab with an object store that stays', function () {
  this.timeout(300_000)
  let place: Workplace

  before(() => {
    place = workplace()
  })
  after(() => place[Symbol.dispose]())

  it('says where its store is, and refuses a drill for another platform', async () => {
    const up = await succeed(place, 'lab', 'up', '--platform', 'kafka-tiered')
    assert.match(up.stdout, /s3\.lab .*direct .* over links, from az-a .*, az-b .*, az-c /)
    const other = aftershock(place, 'run', drillNamed('quick'), '--out', join(place.dir, 'other'))
    assert.equal(await other.exit, EXIT.unavailable)
    assert.match(other.output().stderr, /runs Kafka with tiered storage, not Apache Kafka/)
  })

  it('has no faults in its store that nobody heals', async () => {
    const { layout } = attachLab(place.labDir, systemClock)
    const control = storeControl(layout.storeControl)
    const zones = layout.topology.zones
    await control.put(zones, 'slow', { kind: 'delay', delayMs: 1500, operations: 'all' })
    await control.put(['az-b'], 'throttled', { kind: 'throttle', share: 1, operations: 'all' })
    const { leftovers } = await statusOf(place)
    assert.equal(leftovers.length, 2, leftovers.join('\n'))
    const drill = slowDrill(place)
    const [found] = await attachOnce(place, drill, 'heals', '--platform', 'kafka-tiered')
    assert.equal(found?.healed, true)
    assert.match(found.found.join('\n'), /az-a, az-b, az-c: slow .*1500.*\n.*in az-b: throttled .*throttle/)
    assert.deepEqual(await control.inForce(), [])
  })

  it('is whole again after kill -9 while the store was away', async () => {
    const runDir = join(place.dir, 'outage')
    const outage = ['run', drillNamed('quick-outage'), '--platform', 'kafka-tiered', '--out', runDir]
    const program = aftershock(place, ...outage)
    await untilJournal(program, runDir, 'fault.proven')
    program.child.kill('SIGKILL')
    await program.exit
    await guardianFinished(runDir)
    assert.deepEqual(JournalState.after(journalOf(runDir)).openFaults(), [])
    using driver = localDriver(attachLab(place.labDir, systemClock))
    for (const zone of ZONES) {
      const trip = await driver.links?.roundTrip(storeLink(zone), 5000)
      assert.equal(trip?.outcome, 'answered', `the way from ${zone} to the store`)
    }
  })

  it('shows a store that is dead, and goes when it is told to', async () => {
    await showsADeadStore(place)
    await succeed(place, 'lab', 'down')
    assert.deepEqual(processesOf(place), [])
  })
})

async function showsADeadStore(place: Workplace): Promise<void> {
  const status = async () => (await succeed(place, 'lab', 'status')).stdout
  assert.match(
    await status(),
    /object store {3}process running.* answered\n.*S3 proxy .* answered in every zone/,
  )
  const store = attachLab(place.labDir, systemClock).supervisor.find('object-store', null)
  assert.ok(store && signalProcess(store.process, 'SIGKILL'))
  await waitFor('the store to be gone', () => findAlive(store.process) === undefined, {
    clock: systemClock,
    deadlineMs: 10_000,
  })
  assert.match(await status(), /object store {3}process absent {3}silent\n.*silent in az-a, az-b, az-c/)
}
