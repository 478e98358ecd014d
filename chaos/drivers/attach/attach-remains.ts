import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../../core/clock.ts'
import { AftershockError, messageOf } from '../../core/errors.ts'
import { list } from '../../core/numbers.ts'
import { findAlive } from '../../machine/process-table.ts'
import { bootstrapServers } from '../../kafka/bootstrap-servers.ts'
import { clientProperties, folderOf, loginRecipe } from '../../kafka/client-properties.ts'
import { loginOf } from '../../kafka/recipe-login.ts'
import type { JournalEvent } from '../../record/journal-events.ts'
import { readJournal } from '../../record/journal-reader.ts'
import type { Driver } from '../driver.ts'
import type { DeadRun, EnteredEnvironment, OpenOptions, Remains } from '../environment.ts'
import { driverCommands } from '../driver-commands.ts'
import { endProxies } from './client-proxies.ts'
import { leaveCluster } from '../own-topics.ts'

/** What a run that died left: its Toxiproxy on this machine, and its topics in the cluster. */
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

/** Whether it came so far as to make topics, and nobody has said since that all of them are gone. */
function isInCluster(runDir: string): boolean {
  try {
    const lines = readFileSync(join(runDir, 'journal.jsonl'), 'utf8').split('\n')
    const left = lines.findLast(line => line.includes('"kind":"cluster.left"'))
    return lines.some(line => line.includes('"kind":"cluster.attached"')) && !left?.includes('"kept":[]')
  } catch {
    return false
  }
}

/** @returns what is left there, and why */
async function leaveClusterOf(
  runDir: string,
  record: OpenOptions['record'],
  clock: Clock,
): Promise<readonly string[]> {
  const { events } = await readJournal(join(runDir, 'journal.jsonl'))
  const lines = events.map(({ event }) => event)
  const attached = lines.find(line => line.kind === 'cluster.attached')
  const before = lines.findLast(line => line.kind === 'cluster.left')
  if (attached === undefined || before?.kept.length === 0) return []
  const made = lines.findLast(line => line.kind === 'cluster.topics')
  try {
    const login = loginAsOf(attached, runDir)
    const nodes = bootstrapServers(attached.bootstrap)
    const left = await leaveCluster({ nodes, login, clock }, attached.topics ?? [], made?.ids ?? {})
    record(left)
    return left.kept.map(words => `a topic of the run, ${words},`)
  } catch (error) {
    if (!(error instanceof AftershockError)) throw error
    return [`the topics of the run (${messageOf(error)}${error.hint === undefined ? '' : `: ${error.hint}`})`]
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
