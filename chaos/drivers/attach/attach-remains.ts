import { join } from 'node:path'
import type { Clock } from '../../core/clock.ts'
import { findAlive } from '../../machine/process-table.ts'
import { bootstrapServers } from '../../kafka/bootstrap-servers.ts'
import { clientProperties, folderOf, loginRecipe } from '../../kafka/client-properties.ts'
import { loginOf } from '../../kafka/recipe-login.ts'
import { readJournal } from '../../record/journal-reader.ts'
import type { Driver } from '../driver.ts'
import type { DeadRun, EnteredEnvironment, OpenOptions, Remains } from '../environment.ts'
import { driverCommands } from '../driver-commands.ts'
import { endProxies } from './client-proxies.ts'
import { deleteOwnTopics } from './own-topics.ts'

/** What a run that died left: its Toxiproxy on this machine, and its topics in the cluster. */
export function attachRemains(run: DeadRun, clock: Clock): Remains {
  const alive = () => run.started.filter(process => findAlive(process))
  const end = async () => {
    const left = alive()
    await Promise.all(left.map(process => endProxies(process, clock)))
    return left.length
  }
  return {
    isAlive: () => alive().length > 0,
    clear: async () => ({ ended: await end(), left: alive().length }),
    enter: ({ record }: Pick<OpenOptions, 'record' | 'held'>): EnteredEnvironment => ({
      driver: { ...DRIVER, commands: driverCommands(clock) },
      ownsLinks: true,
      readyDeadlineMs: 0,
      async stopRestarts() {},
      async release() {
        const ended = await end()
        await leaveCluster(run.runDir, record, clock)
        return ended
      },
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

async function leaveCluster(runDir: string, record: OpenOptions['record'], clock: Clock): Promise<void> {
  const { events } = await readJournal(join(runDir, 'journal.jsonl'))
  const lines = events.map(({ event }) => event)
  const attached = lines.find(line => line.kind === 'cluster.attached')
  if (attached?.kind !== 'cluster.attached' || lines.some(({ kind }) => kind === 'cluster.left')) return
  const made = lines.find(line => line.kind === 'cluster.topics')
  const ids = made?.kind === 'cluster.topics' ? made.ids : {}
  const { commandConfig } = attached
  const properties = clientProperties(commandConfig, process.env)
  const recipe = loginRecipe(properties, folderOf(commandConfig, runDir))
  const nodes = bootstrapServers(attached.bootstrap)
  record(await deleteOwnTopics({ nodes, login: recipe && loginOf(recipe), clock }, ids))
}
