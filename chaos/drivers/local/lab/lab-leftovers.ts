import { messageOf } from '../../../core/errors.ts'
import { linkId, storeLink } from '../../../core/topology.ts'
import type { StartedLab } from './lab.ts'
import { toxiproxyConfig } from './lab-layout.ts'
import { localDriver } from '../local-driver.ts'
import { findAlive } from '../../../machine/process-table.ts'
import { storeControl } from '../store/store-control.ts'
import { toxiproxyApi } from '../../toxiproxy-api.ts'
import { withLabAdmin } from './lab-admin.ts'

/** Something that keeps a lab that stays from being as it was made. */
export interface Leftover {
  /** In words, with the value that was seen. */
  readonly what: string
  /** Takes it away; absent where only making the lab anew does. */
  readonly clear?: () => Promise<void>
}

export interface LeftoversOptions {
  /** Topics that may be there: those of the drill that is about to make them anew. @default none but a run's own */
  readonly topics?: readonly string[]
}

/**
 * What a lab has that it was not made with, asked of its parts and not of whoever changed them: processes that do not
 * serve, links that are not as they were made, faults in the S3 proxy, dynamic settings of brokers, topics that no run
 * made, and a user that died without handing it back. Empty: the lab is whole.
 */
export async function findLeftovers(lab: StartedLab, options: LeftoversOptions = {}): Promise<Leftover[]> {
  const looks = [
    userOf(lab),
    processesOf(lab),
    unlessUnknown('the links cannot be asked', () => linksOf(lab)),
    unlessUnknown('the S3 proxy cannot be asked for its faults', () => storeFaultsOf(lab)),
  ]
  const found = (await Promise.all(looks)).flat()
  // A broker that does not serve would only be waited for.
  if (found.some(({ what }) => what.startsWith('broker '))) return found
  const kafka = [
    unlessUnknown('the brokers cannot be asked for their settings', () => brokerSettingsOf(lab)),
    topicsOf(lab, options.topics ?? []),
  ]
  return [...found, ...(await Promise.all(kafka)).flat()]
}

/** The run whose process died while it had the lab. */
export interface DeadUser {
  readonly pid: number
  /** Its folder; null when the lab's state is of before that was kept. */
  readonly runDir: string | null
}

export function deadUserOf({ supervisor }: StartedLab): DeadUser | null {
  const { user, userRunDir } = supervisor.state
  return user && !findAlive(user) ? { pid: user.pid, runDir: userRunDir ?? null } : null
}

async function userOf(lab: StartedLab): Promise<Leftover[]> {
  const dead = deadUserOf(lab)
  if (!dead) return []
  const where = dead.runDir === null ? '' : ` (${dead.runDir})`
  const clear = async () => lab.supervisor.update({ user: null, userRunDir: null })
  return [{ what: `its last user, process ${dead.pid}${where}, died without handing it back`, clear }]
}

async function processesOf(lab: StartedLab): Promise<Leftover[]> {
  const { supervisor, layout } = lab
  using driver = localDriver(lab)
  const brokers = layout.topology.nodes.map(async ({ id, zone }) => {
    const seen = await driver.processes?.look(id)
    const isWell = seen?.state === 'running' && seen.answer === 'answered'
    const what = `broker ${id} (${zone}) is not well: process ${seen?.state}, listener ${seen?.answer}`
    return isWell ? [] : [{ what }]
  })
  const other = supervisor.state.upgrade?.nodes ?? []
  const upgraded = other.map(node => ({
    what: `node ${node} runs Kafka ${supervisor.state.upgrade?.release}, with which the lab was not made`,
    clear: async () => {
      using releasing = localDriver(lab)
      await releasing.releases?.restore()
    },
  }))
  const roles = ['toxiproxy', ...(supervisor.state.store ? ['object-store', 's3-proxy'] : [])]
  const others = roles.flatMap(role => {
    const state = supervisor.alive(role, null)?.state ?? 'absent'
    return state === 'running' ? [] : [{ what: `${role} is not well: process ${state}` }]
  })
  return [...(await Promise.all(brokers)).flat(), ...upgraded, ...others]
}

async function linksOf({ layout }: StartedLab): Promise<Leftover[]> {
  const api = toxiproxyApi(layout.addresses.toxiproxy)
  const there = await api.proxies()
  const made = toxiproxyConfig(layout)
  const names = new Set(made.map(({ name }) => name))
  const left = made.flatMap((wanted): Leftover[] => {
    const { name } = wanted
    const proxy = there[name]
    if (!proxy) return [{ what: `link ${name} has no proxy`, clear: () => api.create(wanted) }]
    const toxics = proxy.toxics.map(toxic => ({
      what: `link ${name} has a toxic: ${toxic.name} (${toxic.type} ${JSON.stringify(toxic.attributes ?? {})}, ${toxic.stream})`,
      clear: () => api.removeToxic(name, toxic.name),
    }))
    const off = { what: `link ${name} is disabled`, clear: () => api.enable(proxy, true) }
    const moved = { what: `link ${name} leads from ${proxy.listen} to ${proxy.upstream}` }
    const asMade = proxy.listen === wanted.listen && proxy.upstream === wanted.upstream
    return [...toxics, ...(proxy.enabled ? [] : [off]), ...(asMade ? [] : [moved])]
  })
  const connectors = Object.keys(there)
    .filter(name => !names.has(name) && /\.(connect|database|rest|processor|mirror)$/.test(name))
    .map(name => ({ what: `link ${name} is a connector's or a processor's`, clear: () => api.remove(name) }))
  return [...left, ...connectors]
}

async function storeFaultsOf({ layout, supervisor }: StartedLab): Promise<Leftover[]> {
  if (!supervisor.state.store) return []
  const control = storeControl(layout.storeControl)
  return (await control.inForce()).map(({ tag, zones, injection }) => ({
    what: `the S3 proxy has a fault in ${zones.join(', ')}: ${tag} (${JSON.stringify(injection)})`,
    clear: () => control.clear(zones, tag),
  }))
}

/** Settings that were changed while a broker ran, and were not there when the lab was made. */
async function brokerSettingsOf(lab: StartedLab): Promise<Leftover[]> {
  const { brokerSettings } = lab.supervisor.state
  if (!brokerSettings) return []
  const now = await dynamicBrokerSettings(lab)
  const more = now.filter(setting => !brokerSettings.includes(setting))
  const less = brokerSettings.filter(setting => !now.includes(setting))
  return [
    ...more.map(setting => ({ what: `${setting} was set while it ran` })),
    ...less.map(setting => ({ what: `${setting} is not set any more` })),
  ]
}

/** The number of such a resource in the protocol; kafkajs exports its name for types only. */
const BROKER = 4
/** Of one broker, and of all: by their numbers in the protocol, as kafkajs gives them. */
const DYNAMIC: ReadonlySet<number> = new Set([2, 3])

/** As `broker 2: log.cleaner.threads=2`, sorted; each broker is asked for its own, past the links. */
export async function dynamicBrokerSettings({ layout }: StartedLab): Promise<string[]> {
  const { resources } = await withLabAdmin(layout, admin =>
    admin.describeConfigs({
      includeSynonyms: false,
      resources: layout.topology.nodes.map(node => ({ type: BROKER, name: String(node.id) })),
    }),
  )
  return resources
    .flatMap(({ resourceName, configEntries }) =>
      configEntries
        .filter(({ configSource }) => DYNAMIC.has(configSource))
        .map(({ configName, configValue }) => `broker ${resourceName}: ${configName}=${configValue ?? ''}`),
    )
    .sort()
}

async function topicsOf(lab: StartedLab, expected: readonly string[]): Promise<Leftover[]> {
  using driver = localDriver(lab)
  const { partitions } = await driver.cluster.describe()
  const there = new Set(Object.keys(partitions).map(name => name.slice(0, name.lastIndexOf('/'))))
  const known = new Set([...expected, ...(lab.supervisor.state.topics ?? [])])
  return [...there]
    .filter(topic => !known.has(topic))
    .sort()
    .map(topic => ({ what: `topic ${topic} is there, and no run made it` }))
}

/** What cannot be asked is not whole. */
async function unlessUnknown(what: string, look: () => Promise<Leftover[]>): Promise<Leftover[]> {
  try {
    return await look()
  } catch (error) {
    return [{ what: `${what}: ${messageOf(error)}` }]
  }
}

const TRIP_MS = 5000

/** Takes away what can be. Resolves to what is left then, looked at anew, with every link tried once. */
export async function clearLeftovers(
  lab: StartedLab,
  found: readonly Leftover[],
  options: LeftoversOptions = {},
): Promise<Leftover[]> {
  for (const { clear } of found) await clear?.()
  const left = await findLeftovers(lab, options)
  if (left.length > 0) return left
  using driver = localDriver(lab)
  const { topology } = lab.layout
  const links = lab.supervisor.state.store
    ? [...topology.links, ...topology.zones.map(storeLink)]
    : topology.links
  const trips = [...new Map(links.map(link => [linkId(link), link])).values()].map(async link => {
    const outcome = (await driver.links?.roundTrip(link, TRIP_MS))?.outcome
    return outcome === 'answered' ? [] : [{ what: `link ${linkId(link)} is ${outcome ?? 'unknown'}` }]
  })
  return (await Promise.all(trips)).flat()
}
