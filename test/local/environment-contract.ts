import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { it } from 'mocha'
import type { Drill } from '../../chaos/core/drill.ts'
import type { Address } from '../../chaos/core/network.ts'
import type { ProcessIdentity } from '../../chaos/core/process-identity.ts'
import { waitFor } from '../../chaos/core/wait.ts'
import { linkId, nodeName } from '../../chaos/core/topology.ts'
import type { EnvironmentKind, StartedEnvironment } from '../../chaos/drivers/environment.ts'
import { remainsOf } from '../../chaos/drivers/index.ts'
import { loadDrill } from '../../chaos/drill/load-drill.ts'
import type { BrokerLogin } from '../../chaos/kafka/broker-login.ts'
import { LoggedInConnection } from '../../chaos/kafka/logged-in-connection.ts'
import { apiVersionsRequest } from '../../chaos/kafka/wire.ts'
import { findAlive, identityOf } from '../../chaos/machine/process-table.ts'
import { Journal } from '../../chaos/record/journal.ts'
import { readJournal } from '../../chaos/record/journal-reader.ts'
import { Teardown } from '../../chaos/run/teardown.ts'
import { createTopics } from '../../chaos/run/topics.ts'
import { systemClock } from '../../chaos/system-clock.ts'

const ANSWER_MS = 5000
const wait = { clock: systemClock, deadlineMs: 20_000, everyMs: 200 }

export interface ContractedEnvironment {
  readonly kind: () => Promise<EnvironmentKind>
  /** Topics that are there, by somebody who does not go through it, and those that were; null: all goes with its run. */
  readonly others: {
    readonly topics: () => Promise<readonly string[]>
    readonly theirs: readonly string[]
  } | null
}

/** What docs/adding-an-environment.md promises of the port, held against any environment with real brokers. */
export function keepsTheContractOfEnvironments({ kind, others }: ContractedEnvironment): void {
  const root = mkdtempSync(join(tmpdir(), 'aftershock-contract-'))
  let number = 0

  /** Brokers hear of a deletion one after the other. */
  async function untilOthersAlone(): Promise<void> {
    if (others === null) return
    let seen = ''
    const isSo = async () => {
      const there = await others.topics()
      seen = there.join(', ')
      return isDeepStrictEqual(there, others.theirs)
    }
    await waitFor('those topics alone to be there that were before', isSo, { ...wait, lastSeen: () => seen })
  }

  async function opened(work: (place: Opened) => Promise<void>, ends = true): Promise<Opened> {
    const own = await kind()
    const written = (await loadDrill('attach')).drill
    const drill = own.fitted ? own.fitted(written) : written
    const runDir = join(root, String(number++))
    for (const part of ['logs', 'samples', 'history']) mkdirSync(join(runDir, part), { recursive: true })
    const choice = { platform: 'kafka' } as const
    const outline = own.outline(drill, 'kafka')
    const environment = await own.prepare(drill, choice, {
      env: process.env,
      clock: systemClock,
      progress() {},
    })
    const endings = new Teardown(systemClock)
    let isDead = false
    using journal = Journal.create(join(runDir, 'journal.jsonl'), systemClock)
    const runner = identityOf(process.pid) as ProcessIdentity
    const settings = outline.topics(drill.contract, new Set())
    journal.append({ kind: 'run.started', run: 'a-run', drill: drill.drill, seed: 'a-seed', runner })
    let failures: string[] = []
    try {
      const place = await environment.open({
        run: 'a-run',
        runDir,
        drill,
        runner,
        topics: settings,
        clock: systemClock,
        // Who is dead writes nothing, and starts no broker again.
        record: event => void (isDead || journal.append(event)),
        held: () => new Set(isDead ? outline.topology.nodes.map(({ id }) => id) : []),
        progress() {},
        signal: new AbortController().signal,
        stop(why) {
          throw why
        },
        abort(why) {
          throw new Error(why)
        },
        endings,
      })
      const one = { place, drill, runDir, environment, outline, settings, endings }
      await work(one)
      return one
    } finally {
      isDead = !ends
      if (ends) failures = await endings.run()
      assert.deepEqual(failures, [])
    }
  }

  async function made({ place, settings }: Opened): Promise<string[]> {
    place.claimTopics(settings.map(({ topic }) => topic))
    const { driver, admin } = place
    const more = { keepsTopics: place.keepsTopics ?? false, onMade: place.topicsMade }
    await createTopics({ topics: settings, driver, admin, clock: systemClock, ...more })
    return settings.map(({ topic }) => topic)
  }

  it('says on paper what it has when it is open', async () => {
    await opened(async ({ place, environment, outline, drill }) => {
      const { driver } = place
      assert.equal(driver.name, outline.name)
      assert.equal(environment.header.driver, outline.name)
      assert.deepEqual(driver.topology.zones, outline.topology.zones)
      assert.deepEqual(driver.topology.nodes, outline.topology.nodes)
      assert.deepEqual(driver.topology.links.map(linkId), outline.topology.links.map(linkId))
      for (const needed of driver.capabilities) assert.ok(outline.capabilities.has(needed), needed)
      assert.ok(Object.keys(drill.contract.topics).length > 0)
      const { answered, controller } = await driver.cluster.describe()
      assert.deepEqual(new Set(answered), new Set(driver.topology.nodes.map(({ id }) => id)))
      assert.notEqual(controller, null)
    })
  })

  it('has a way for clients of each zone to each broker, which faults break and give back', async () => {
    await opened(async ({ place }) => {
      const { driver, dial } = place
      const { links, topology } = driver
      assert.ok(links)
      const login = place.loginOf?.('device') ?? null
      for (const zone of topology.zones)
        for (const node of topology.nodes) {
          const address = dial(zone, nodeName(node), 'client')
          assert.equal(await asked(address, node.host, login), 'answered', `${zone} to ${node.id}`)
        }
      const link = topology.links.find(one => one.listener === 'client')
      assert.ok(link)
      const outcome = async () => (await links.roundTrip(link, ANSWER_MS / 5)).outcome
      assert.equal(await outcome(), 'answered')
      await links.cut([link], 'a-fault', { mode: 'silent' })
      assert.notEqual(await outcome(), 'answered')
      assert.equal((await links.past(link, 0, ANSWER_MS)).outcome, 'answered')
      // Healing may be repeated.
      await links.clear([link], 'a-fault')
      await links.clear([link], 'a-fault')
      assert.equal(await outcome(), 'answered')
    })
  })

  it('makes topics, tells their sizes, limits a reader, and samples', async () => {
    await opened(async one => {
      const names = await made(one)
      const { place } = one
      const there = await place.admin(admin => admin.listTopics())
      assert.ok(names.every(name => there.includes(name)))
      const areTold = async () => {
        const sizes = await place.logSizes()
        return sizes !== null && names.every(name => sizes[`${name}/0`] === 0)
      }
      await waitFor('every topic to be told empty', areTold, wait)
      await place.limitReads('a-reader', 1_000_000)
      await place.limitReads('a-reader', null)
      const { partitions } = await place.driver.cluster.describe()
      for (const meter of place.meters)
        assert.ok(Array.isArray(await meter.sample(0, partitions)), `${meter.name} has no lines`)
    })
  })

  it('leaves what was there as it was, and nothing of its own', async () => {
    const { runDir } = await opened(async one => {
      await made(one)
    })
    const { events } = await readJournal(join(runDir, 'journal.jsonl'))
    const started = events.flatMap(({ event }) => (event.kind === 'process.started' ? [event.process] : []))
    assert.ok(started.length > 0)
    assert.deepEqual(
      started.filter(process => findAlive(process)),
      [],
    )
    await untilOthersAlone()
  })

  it('is cleared by its journal alone when the run died, also between a topic and the line with its id', async () => {
    const { runDir, environment, endings } = await opened(async one => {
      const { place, settings } = one
      // What a run comes to that is killed right after its request: topics, and no line about them.
      await place.admin(admin => admin.createTopics({ waitForLeaders: false, topics: [...settings] }))
      const areThere = async () => {
        const there = await place.admin(admin => admin.listTopics())
        return settings.every(({ topic }) => there.includes(topic))
      }
      await waitFor('its topics to be there', areThere, wait)
    }, false)
    const { events } = await readJournal(join(runDir, 'journal.jsonl'))
    const started = events.flatMap(({ event }) => (event.kind === 'process.started' ? [event.process] : []))
    const run = {
      driver: environment.header.driver,
      runDir,
      labDir: environment.header.labDir || null,
      ownsLab: environment.header.ownsLab,
      hasConnector: false,
      startedAtWallMs: systemClock.wallMs(),
      runner: identityOf(process.pid) as ProcessIdentity,
      started,
    }
    const remains = (await remainsOf(run.driver))(run, systemClock)
    assert.ok(remains.isAlive())
    using journal = Journal.resume(join(runDir, 'journal.jsonl'), systemClock)
    for (let times = 0; times < 2; times += 1) {
      if (run.ownsLab) assert.equal((await remains.clear()).left, 0)
      else {
        await using entered = remains.enter({
          record: event => void journal.append(event),
          held: () => new Set(),
        })
        await entered.stopRestarts()
        await entered.release()
        assert.deepEqual((await entered.leave?.()) ?? [], [])
      }
      assert.ok(!remains.isAlive())
    }
    await untilOthersAlone()
    // What this process holds of the run that died: its loops and its connections.
    await endings.run()
    rmSync(root, { recursive: true, force: true })
  })
}

interface Opened {
  readonly place: StartedEnvironment
  readonly drill: Drill
  readonly runDir: string
  readonly endings: Teardown
  readonly environment: Awaited<ReturnType<EnvironmentKind['prepare']>>
  readonly outline: ReturnType<EnvironmentKind['outline']>
  readonly settings: ReturnType<ReturnType<EnvironmentKind['outline']>['topics']>
}

async function asked(address: Address, host: string, login: BrokerLogin | null): Promise<string> {
  const connection = new LoggedInConnection(address, host, login)
  try {
    await connection.request(apiVersionsRequest(1), ANSWER_MS, systemClock)
    return 'answered'
  } finally {
    connection.close()
  }
}
