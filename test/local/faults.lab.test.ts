import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type FaultEntry, fleetSchema } from '../../chaos/core/drill.ts'
import type { JournalLine } from '../../chaos/record/journal-events.ts'
import { seededRandom } from '../../chaos/core/random.ts'
import { type Driver, withClients } from '../../chaos/drivers/driver.ts'
import { withLabAdmin } from '../../chaos/drivers/local/lab/lab-admin.ts'
import { labTopics } from '../../chaos/drivers/local/lab/lab-topics.ts'
import { type LocalDriver, localDriver } from '../../chaos/drivers/local/local-driver.ts'
import { Journal } from '../../chaos/record/journal.ts'
import type { Fault } from '../../chaos/faults/fault.ts'
import { FAULTS } from '../../chaos/faults/index.ts'
import { startFleet } from '../../chaos/fleet/fleet.ts'
import type { StartedFleet } from '../../chaos/fleet/started-fleet.ts'
import { type FaultOutcome, liveThroughFault } from '../../chaos/run/fault-life.ts'
import { createTopics } from '../../chaos/run/topics.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { startTestLab, type TestLab } from './test-lab.ts'
import { StoredWatch } from '../../chaos/replay/stored-watch.ts'
import { startTail, type StartedTail } from '../../chaos/replay/tail.ts'
import { fleetContract } from './test-contract.ts'

/** What a command of somebody’s breaks here. */
const BROKEN = join(tmpdir(), `aftershock-broken-${process.pid}`)

/** The keys that each fault gets in these tests; a fault that is added must say here how it is tried. */
const SPECS: Readonly<Record<string, object>> = {
  'bad-firmware': {
    share: 0.2,
    does: { clock: '-2h', flood: 4, malformed: 0.3, repeats: 0.3, restartsSequence: true },
  },
  'broker-kill': { target: { 'leader-of': 'telemetry/0' } },
  'broker-stop': { target: { node: 2 } },
  'broker-hang': { target: 'active-controller' },
  'broker-replace': { target: { zone: 'az-c' } },
  'link-latency': { links: { zone: 'az-b' }, delayMs: 100, jitterMs: 20 },
  'link-bandwidth': { links: { from: 'az-a', to: 'az-b' }, kilobytesPerSecond: 200 },
  'link-reset': { links: { node: 1 }, everyMs: 300 },
  // Drawn from the seed; zones by their names are among the variants below.
  'zone-cut': { zone: 'random' },
  'clients-crash': { gateways: 'all' },
  'config-rollback': { setting: 'num.io.threads', value: 3 },
  'schema-mistake': { share: 0.4, dataClass: 'telemetry' },
  'gateway-outage': { gateways: 'all', reconnect: { policy: 'immediate' } },
  hook: {
    what: 'A file is there that says so',
    inject: ['touch', BROKEN],
    probe: ['test', '-e', BROKEN],
    heal: ['rm', '-f', BROKEN],
  },
}

describe('faults on a real lab', function () {
  this.timeout(240_000)
  let test: TestLab
  let fleet: StartedFleet
  let tail: StartedTail
  let lab: LocalDriver
  let driver: Driver
  let folder: string

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'aftershock-journal-'))
    test = await startTestLab()
    lab = localDriver(test.lab)
    const { layout } = test.lab
    await createTopics({
      topics: labTopics(fleetContract, 'kafka', new Set()),
      driver: lab,
      admin: work => withLabAdmin(layout, work),
      clock: systemClock,
    })
    fleet = await startFleet({
      spec: fleetSchema.parse({ devices: 60 }),
      contract: fleetContract,
      topology: layout.topology,
      dial: layout.dial,
      clock: systemClock,
      random: seededRandom(1),
      historyDir: join(folder, 'history'),
      leaderOf: (_topic, partition) => (partition % 3) + 1,
      onTrouble: message => assert.fail(message),
    })
    const watch = new StoredWatch(fleetContract, systemClock)
    tail = await startTail(
      {
        zone: 'az-a',
        topology: layout.topology,
        dial: layout.dial,
        contract: fleetContract,
        clock: systemClock,
        historyDir: join(folder, 'history'),
        groupId: 'faults-tail',
        onTrouble: message => assert.fail(message),
      },
      (...given) => watch.read(...given),
    )
    driver = withClients(lab, { ...fleet.clients, stored: (...asked) => watch.listen(...asked) })
  })
  after(async () => {
    lab?.[Symbol.dispose]()
    await tail?.[Symbol.asyncDispose]()
    await fleet?.[Symbol.asyncDispose]()
    await test?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  async function live(
    fault: Fault,
    on: Driver,
    name: string,
    spec: object = SPECS[fault.kind] ?? {},
  ): Promise<{ outcome: FaultOutcome; kinds: string[]; story: string }> {
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
    const context = {
      driver: on,
      journal,
      clock: systemClock,
      random: seededRandom(1),
      signal: new AbortController().signal,
    }
    const outcome = await liveThroughFault(fault, entry, context, Promise.resolve())
    const story = lines
      .map(line => ('reason' in line ? `${line.kind}: ${line.reason}` : line.kind))
      .join('; ')
    return { outcome, kinds: lines.map(line => line.kind), story }
  }

  // This lab has no object store, no connectors, no processor and one region: faults of the first are tried in
  // object-store-faults.test.ts, of the others in test/drills.
  const elsewhere = ['objectStore', 'connectors', 'processor', 'regions'] as const
  for (const fault of [...FAULTS.values()].filter(
    ({ needs }) => !elsewhere.some(one => needs.includes(one)),
  )) {
    it(`${fault.kind}: is injected, proven by its own probe, healed, and the heal is proven`, async () => {
      const { outcome, kinds, story } = await live(fault, driver, fault.kind)
      assert.deepEqual(outcome, { proven: true, healed: true, isUnanswered: false }, story)
      assert.deepEqual(kinds, [
        'fault.intended',
        'fault.injected',
        'fault.proven',
        'fault.healed',
        'fault.heal-proven',
      ])
    })

    it(`${fault.kind}: is not proven when its injector does nothing`, async () => {
      const impatient: Fault = { ...fault, deadlines: { ...fault.deadlines, effectMs: 500 } }
      const { outcome, kinds } = await live(impatient, withoutHands(driver), `${fault.kind}-noop`)
      assert.equal(outcome.proven, false)
      assert.ok(kinds.includes('fault.unproven'), kinds.join(', '))
    })
  }

  const VARIANTS: readonly (readonly [what: string, kind: string, spec: object])[] = [
    [
      'a zone that others cannot reach, though it reaches them',
      'zone-cut',
      { zone: 'az-a', direction: 'in' },
    ],
    ['a zone that reaches nobody, though others reach it', 'zone-cut', { zone: 'az-b', direction: 'out' }],
    ['a zone cut off from clients only', 'zone-cut', { zone: 'az-c', traffic: 'clients' }],
    ['a zone whose links refuse instead of being silent', 'zone-cut', { zone: 'az-c', mode: 'refuse' }],
    [
      'only the links of one directed pair of zones',
      'link-latency',
      { links: { from: 'az-a', to: 'az-c' }, delayMs: 60 },
    ],
    ['a share of the brokers', 'broker-hang', { target: { share: 0.3 } }],
    ['the gateways of one zone', 'clients-crash', { gateways: { zone: 'az-b' } }],
    [
      'a topic, which takes effect at once',
      'config-rollback',
      { topic: 'telemetry', setting: 'retention.ms', value: 7_200_000 },
    ],
    ['the devices of one zone', 'gateway-outage', { gateways: { zone: 'az-b' } }],
  ]
  for (const [index, [what, kind, spec]] of VARIANTS.entries()) {
    it(`${kind} of ${what}: proven and healed`, async () => {
      const fault = FAULTS.get(kind)
      assert.ok(fault)
      const { outcome, story } = await live(fault, driver, `variant-${index}`, spec)
      assert.deepEqual(outcome, { proven: true, healed: true, isUnanswered: false }, story)
    })
  }
})

/** The same eyes, and hands that do nothing: every call that would change the world returns at once. */
function withoutHands(driver: Driver): Driver {
  const nothing = async () => {}
  const { processes, disks, links, clients, settings, commands } = driver
  assert.ok(processes && disks && links && clients && settings && commands)
  return {
    ...driver,
    processes: {
      look: node => processes.look(node),
      ageMs: node => processes.ageMs(node),
      kill: nothing,
      stop: nothing,
      pause: nothing,
      resume: nothing,
      start: nothing,
    },
    disks: { look: node => disks.look(node), wipe: nothing },
    settings: { ...settings, change: nothing, changeTopic: nothing },
    // It says that it broke something, and did not.
    commands: { run: (argv, withinMs) => commands.run(argv[0] === 'touch' ? ['true'] : argv, withinMs) },
    links: { ...links, delay: nothing, narrow: nothing, reset: nothing, cut: nothing, clear: nothing },
    clients: {
      ...clients,
      gateways: clients.gateways,
      look: name => clients.look(name),
      crash: nothing,
      restart: nothing,
      shut: nothing,
      reopen: nothing,
      misbehave: nothing,
      mend: nothing,
    },
  }
}
