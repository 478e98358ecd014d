import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../../core/clock.ts'
import { AftershockError, messageOf } from '../../core/errors.ts'
import { list } from '../../core/numbers.ts'
import { findAlive } from '../../machine/process-table.ts'
import { bootstrapServers } from '../../kafka/bootstrap-servers.ts'
import { clientProperties, folderOf, loginRecipe } from '../../kafka/client-properties.ts'
import { operatorOver } from '../../kafka/cluster-operator.ts'
import { loginOf } from '../../kafka/recipe-login.ts'
import type { JournalEvent } from '../../record/journal-events.ts'
import { readJournal } from '../../record/journal-reader.ts'
import type { Driver } from '../driver.ts'
import type { DeadRun, EnteredEnvironment, OpenOptions, Remains } from '../environment.ts'
import { driverCommands } from '../driver-commands.ts'
import { endProxies } from './client-proxies.ts'
import { quotaLeft, removeFleetQuota } from './fleet-quota.ts'
import { leaveCluster } from '../own-topics.ts'

/** What a run that died left: its Toxiproxy on this machine, and its topics and its quota in the cluster. */
export function attachRemains(run: DeadRun, clock: Clock): Remains {
  const alive = () => run.started.filter(process => findAlive(process))
  const end = async () => {
    const left = alive()
    await Promise.all(left.map(process => endProxies(process, clock)))
    return left.length
  }
  return {
    isAlive: () => alive().length > 0 || isInCluster(run.runDir),
    clear: async () => ({ ended: await end(), left: alive().length }),
    enter: ({ record }: Pick<OpenOptions, 'record' | 'held'>): EnteredEnvironment => ({
      driver: { ...DRIVER, commands: driverCommands(clock) },
      ownsLinks: true,
      readyDeadlineMs: 0,
      async stopRestarts() {},
      release: end,
      leave: () => leaveClusterOf(run.runDir, record, clock),
      async [Symbol.asyncDispose]() {},
    }),
  }
}

/** Brokers are nobody's to look at after a run; what hooks need is here. */
const DRIVER: Driver = {
  name: 'attach',
  topology: { zones: [], nodes: [], links: [] },
  capabilities: new Set(['commands']),
  cluster: { describe: async () => ({ answered: [], controller: null, partitions: {} }) },
}

type Attached = Extract<JournalEvent, { kind: 'cluster.attached' }>

/** Whether it came so far as to make something there, and nobody has said since that all of it is gone. */
function isInCluster(runDir: string): boolean {
  try {
    const text = readFileSync(join(runDir, 'journal.jsonl'), 'utf8')
    const whole = text.slice(0, text.lastIndexOf('\n') + 1).split('\n')
    const lines = whole.filter(Boolean).map(line => JSON.parse(line) as JournalEvent)
    return whatIsThere(lines).topics || quotaLeft(lines) !== null
  } catch {
    return false
  }
}

function whatIsThere(lines: readonly JournalEvent[]) {
  const attached = lines.find(line => line.kind === 'cluster.attached')
  const left = lines.findLast(line => line.kind === 'cluster.left')
  return { attached, topics: attached !== undefined && left?.kept.length !== 0 }
}

/** @returns what is left there, and why */
async function leaveClusterOf(
  runDir: string,
  record: OpenOptions['record'],
  clock: Clock,
): Promise<readonly string[]> {
  const { events } = await readJournal(join(runDir, 'journal.jsonl'))
  const lines = events.map(({ event }) => event)
  const { attached, topics } = whatIsThere(lines)
  const quota = quotaLeft(lines)
  if (attached === undefined || (!topics && quota === null)) return []
  const made = lines.findLast(line => line.kind === 'cluster.topics')
  const words: string[] = []
  try {
    const login = loginAsOf(attached, runDir)
    const nodes = bootstrapServers(attached.bootstrap)
    if (topics) {
      const left = await leaveCluster({ nodes, login, clock }, attached.topics ?? [], made?.ids ?? {})
      record(left)
      words.push(...left.kept.map(kept => `a topic of the run, ${kept},`))
    }
    if (quota !== null && !(await removeFleetQuota(quota, operatorOver(nodes, { login, clock }), record)))
      words.push(`the produce quota of ${quota}`)
    return words
  } catch (error) {
    if (!(error instanceof AftershockError)) throw error
    const what = topics ? 'the topics of the run' : 'the produce quota of the run'
    return [`${what} (${messageOf(error)}${error.hint === undefined ? '' : `: ${error.hint}`})`]
  }
}

/** As the run did: by the same file, and the same variables of the environment. @throws AftershockError `input` */
function loginAsOf({ commandConfig, variables = [] }: Attached, runDir: string) {
  const missing = variables.filter(name => !process.env[name])
  if (missing.length > 0)
    throw new AftershockError('input', `the run logged in by ${list(missing)}, which is not set here`, {
      hint: 'set what the run had, then heal it again',
    })
  const properties = clientProperties(commandConfig, process.env)
  const recipe = loginRecipe(properties, folderOf(commandConfig, runDir))
  return recipe && loginOf(recipe)
}
