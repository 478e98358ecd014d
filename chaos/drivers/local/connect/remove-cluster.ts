import { rmSync } from 'node:fs'
import { findByArgument } from '../../../machine/process-table.ts'
import { removeDatabase } from '../database/database-dir.ts'
import type { StartedLab } from '../lab/lab.ts'
import { databaseMark, endProcess, labMarks } from '../lab/supervisor.ts'
import { toxiproxyApi } from '../links/toxiproxy-api.ts'
import { WORKER_ROLE } from './worker-process.ts'

const LISTENERS = ['connect', 'database', 'rest'] as const
export const isClusterLink = ({ listener }: { readonly listener: string }): boolean =>
  LISTENERS.some(one => one === listener)

/** Whatever there is of a cluster in this lab: processes, recorded or not, links and files. @returns how many were ended */
export async function removeCluster({ layout, supervisor, clock }: StartedLab): Promise<number> {
  let ended = 0
  for (const { role, node } of supervisor.state.processes)
    if (role === WORKER_ROLE || role === 'database') {
      if (supervisor.alive(role, node)) ended++
      await supervisor.end(role, node, 'SIGKILL', 0)
    }
  // One that was started a moment before a kill -9 is in no list.
  const ofLab = findByArgument(labMarks(layout.dir)[0])
  const ofWorkers = new Set(
    findByArgument('org.apache.kafka.connect.cli.ConnectDistributed').map(({ pid }) => pid),
  )
  const marked = [
    ...ofLab.filter(({ pid }) => ofWorkers.has(pid)),
    ...findByArgument(databaseMark(layout.dir)),
  ]
  for (const left of marked) {
    await endProcess(left, 'SIGKILL', 0, clock)
    ended++
  }
  const api = toxiproxyApi(layout.addresses.toxiproxy)
  for (const name of Object.keys(await api.proxies()).filter(one =>
    LISTENERS.some(own => one.endsWith(`.${own}`)),
  ))
    await api.remove(name)
  rmSync(layout.connectDir, { recursive: true, force: true })
  removeDatabase(layout)
  return ended
}
