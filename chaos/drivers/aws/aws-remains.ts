import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../../core/clock.ts'
import { AftershockError } from '../../core/errors.ts'
import type { JournalEvent } from '../../record/journal-events.ts'
import { readJournal } from '../../record/journal-reader.ts'
import { clientProperties, folderOf, loginRecipe } from '../../kafka/client-properties.ts'
import { loginOf } from '../../kafka/recipe-login.ts'
import { LAB_PORTS } from '../../platforms/addresses.ts'
import { driverCommands } from '../driver-commands.ts'
import type { Driver, Links, ObjectStore, Processes } from '../driver.ts'
import type { DeadRun, EnteredEnvironment, OpenOptions, Remains } from '../environment.ts'
import { leaveCluster } from '../own-topics.ts'
import type { Account } from './account.ts'
import { awsDriver } from './aws-driver.ts'
import { releaseLock } from './chaos-lock.ts'
import { type DeployedCluster, findCluster, heldOn, openTunnels } from './deployed-cluster.ts'
import { capabilitiesOf } from './fit.ts'
import type { Place } from './guards.ts'
import { AwsHands } from './hands.ts'
import { NodeDeeds } from './node-deeds.ts'
import type { Reach } from './reach/reach.ts'
import { reachOf } from './reach/reach-of.ts'
import { sdkAccount } from './sdk-account.ts'
import { healStanding } from './standing.ts'

type Entered = Extract<JournalEvent, { kind: 'account.entered' }>

/** What a run that died left in an account: all of it is looked up there, by what the journal says of where it was. */
export function awsRemains(run: DeadRun, clock: Clock): Remains {
  return {
    isAlive: () => !hasLeft(run.runDir),
    clear: async () => ({ ended: 0, left: 0 }),
    enter: options => enter(run, clock, options),
  }
}

function hasLeft(runDir: string): boolean {
  const text = readFileSync(join(runDir, 'journal.jsonl'), 'utf8')
  return !text.includes('"kind":"account.entered"') || text.includes('"unlocked":true')
}

interface Held {
  readonly account: Account & Disposable
  readonly place: Place
  readonly cluster: DeployedCluster
  readonly driver: ReturnType<typeof awsDriver>
  end(): Promise<void>
}

function enter(
  run: DeadRun,
  clock: Clock,
  { record, held }: Pick<OpenOptions, 'record' | 'held'>,
): EnteredEnvironment {
  let taken: Promise<Held> | null = null
  const take = () => (taken ??= takeHold(run, clock, held))
  // What cannot be asked now may be in the next moment: an error is not kept.
  const of = async <T>(ask: (driver: Driver) => Promise<T>): Promise<T> => {
    try {
      return await ask((await take()).driver)
    } catch (error) {
      if (taken && (await taken.catch(() => null)) === null) taken = null
      throw error
    }
  }
  return {
    driver: lazyDriver(of, clock),
    readyDeadlineMs: 0,
    async stopRestarts() {},
    async release() {
      const { entered, made } = await journalOf(run.runDir)
      const known = await taken
      const { account, place } = known ?? (await placeOf(entered, clock))
      const heldNodes = known && (await heldOn(known.cluster)).filter(({ faults }) => faults.length > 0)
      const { healed, left } = await healStanding(account, place, clock, {
        breakLock: false,
        ...(heldNodes && { nodes: heldNodes.map(({ machine }) => machine) }),
      })
      const isOurs = entered.heldFor === undefined
      const unlocked =
        left.length === 0 && (!isOurs || (await releaseLock(account, place.environment, await nameOf(run))))
      record({ kind: 'account.left', healed: [...healed], left: [...left], unlocked })
      if (left.length > 0)
        throw new AftershockError('unhealed', `${place.environment} is not healed: ${left.join('; ')}`)
      await leaveTopics(run, clock, made, record)
      return 0
    },
    async [Symbol.asyncDispose]() {
      await taken?.then(one => one.end()).catch(() => {})
    },
  }
}

/** Each part asks for the account when it is used: entering itself asks nothing and cannot fail. */
function lazyDriver(of: <T>(ask: (driver: Driver) => Promise<T>) => Promise<T>, clock: Clock): Driver {
  const links = <T>(ask: (links: Links) => Promise<T>) => of(driver => ask(there(driver.links)))
  const store = <T>(ask: (store: ObjectStore) => Promise<T>) => of(driver => ask(there(driver.objectStore)))
  const processes = <T>(ask: (processes: Processes) => Promise<T>) =>
    of(driver => ask(there(driver.processes)))
  return {
    name: 'aws',
    topology: { zones: [], nodes: [], links: [] },
    capabilities: new Set(capabilitiesOf(true)),
    cluster: { describe: () => of(driver => driver.cluster.describe()) },
    commands: driverCommands(clock),
    links: {
      delay: (...given) => links(one => one.delay(...given)),
      narrow: (...given) => links(one => one.narrow(...given)),
      reset: (...given) => links(one => one.reset(...given)),
      cut: (...given) => links(one => one.cut(...given)),
      clear: (...given) => links(one => one.clear(...given)),
      roundTrip: (...given) => links(one => one.roundTrip(...given)),
      transfer: (...given) => links(one => one.transfer(...given)),
      past: (...given) => links(one => one.past(...given)),
      // Connections of before died with the run.
      connect: () => null,
      idle: (...given) => links(one => one.idle(...given)),
    },
    objectStore: {
      throttle: (...given) => store(one => one.throttle(...given)),
      delay: (...given) => store(one => one.delay(...given)),
      failNext: (...given) => store(one => one.failNext(...given)),
      cut: (...given) => store(one => one.cut(...given)),
      clear: (...given) => store(one => one.clear(...given)),
      request: (...given) => store(one => one.request(...given)),
      past: (...given) => store(one => one.past(...given)),
      injected: (...given) => store(one => one.injected(...given)),
    },
    disks: {
      wipe: node => of(driver => there(driver.disks).wipe(node)),
      look: node => of(driver => there(driver.disks).look(node)),
    },
    processes: {
      kill: node => processes(one => one.kill(node)),
      stop: (...given) => processes(one => one.stop(...given)),
      pause: node => processes(one => one.pause(node)),
      resume: node => processes(one => one.resume(node)),
      start: node => processes(one => one.start(node)),
      look: node => processes(one => one.look(node)),
      ageMs: node => processes(one => one.ageMs(node)),
    },
  }
}

function there<T>(part: T | undefined): T {
  if (part === undefined) throw new AftershockError('internal', 'a part of the driver is missing')
  return part
}

async function journalOf(runDir: string) {
  const { events } = await readJournal(join(runDir, 'journal.jsonl'))
  const lines = events.map(({ event }) => event)
  const entered = lines.find(line => line.kind === 'account.entered')
  if (!entered) throw new AftershockError('internal', `${runDir} never entered an account`)
  const made = lines.find(line => line.kind === 'cluster.topics')
  const isLeft = lines.some(({ kind }) => kind === 'cluster.left')
  return { entered, made: made && !isLeft ? made.ids : {} }
}

async function nameOf({ runDir }: DeadRun): Promise<string> {
  const { events } = await readJournal(join(runDir, 'journal.jsonl'))
  const started = events.map(({ event }) => event).find(event => event.kind === 'run.started')
  return started?.run ?? ''
}

async function placeOf({ environment, account, region, clientsOf }: Entered, clock: Clock) {
  const zones = Object.keys(clientsOf)
  return {
    account: await sdkAccount(region, clock),
    place: { environment, account, region, zones, window: null },
  }
}

async function takeHold(run: DeadRun, clock: Clock, held: OpenOptions['held']): Promise<Held> {
  const { entered } = await journalOf(run.runDir)
  const { account, place } = await placeOf(entered, clock)
  const { environment } = place
  const reach = await reachIn(entered, clock)
  try {
    const login = loginIn(entered, run.runDir)
    // Healing needs no broker: what is cut is put back before anybody is asked who they are.
    const permit = async () => {
      throw new AftershockError('internal', 'healing breaks nothing, and asked for a permit')
    }
    const hands = new AwsHands({ account, environment, clock, permit })
    await hands.healZone(null)
    const known = brokersIn(entered)
    const cluster = await findCluster({ account, place, login, reach, clock, known })
    const ways = await openTunnels(cluster)
    const driver = awsDriver({
      cluster,
      ways,
      hands,
      deeds: new NodeDeeds({ account, environment, clock, permit, leaseMs: entered.leaseMs }),
      login,
      clock,
      cut: 'cut',
      usesStore: true,
      held,
      topics: null,
    })
    const end = async () => {
      driver[Symbol.dispose]()
      await ways.tunnels[Symbol.asyncDispose]()
      await reach[Symbol.asyncDispose]()
      account[Symbol.dispose]()
    }
    return { account, place, cluster, driver, end }
  } catch (error) {
    await reach[Symbol.asyncDispose]()
    account[Symbol.dispose]()
    throw error
  }
}

/** As the run went it. */
const reachIn = ({ through = 'network', environment, region }: Entered, clock: Clock): Promise<Reach> =>
  reachOf(through, { environment, region }, clock)

/** A broker that a fault holds down is in no other broker's answer. */
function brokersIn({ brokers }: Entered): { readonly id: number; readonly host: string }[] {
  return brokers.flatMap(line => {
    const [, id, host] = /^(\d+) (\S+) on /.exec(line) ?? []
    return id === undefined || host === undefined ? [] : [{ id: Number(id), host }]
  })
}

function loginIn({ commandConfig }: Entered, runDir: string) {
  const recipe = loginRecipe(clientProperties(commandConfig, process.env), folderOf(commandConfig, runDir))
  return recipe && loginOf(recipe)
}

async function leaveTopics(
  run: DeadRun,
  clock: Clock,
  made: Readonly<Record<string, string>>,
  record: OpenOptions['record'],
): Promise<void> {
  if (Object.keys(made).length === 0) return
  const { entered } = await journalOf(run.runDir)
  const { account, place } = await placeOf(entered, clock)
  using held = account
  void held
  const login = loginIn(entered, run.runDir)
  const known = brokersIn(entered)
  await using reach = await reachIn(entered, clock)
  const ways = await openTunnels(await findCluster({ account, place, login, reach, clock, known }))
  await using tunnels = ways.tunnels
  void tunnels
  const brokers = [...new Set(ways.links.map(({ to }) => to))]
  const nodes = brokers.map(id => ({
    host: ways.hostOf(id),
    port: LAB_PORTS.client,
    at: ways.directAddress(id),
  }))
  record(await leaveCluster({ nodes, login, clock }, [], made))
}
