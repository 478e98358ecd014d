import { rmSync } from 'node:fs'
import { findByArgument } from '../../../machine/process-table.ts'
import { removeDatabase } from '../database/database-dir.ts'
import type { StartedLab } from '../lab/lab.ts'
import { endRoles, endStrays, removeLinks } from '../lab/lab-parts.ts'
import { databaseMark, labMarks } from '../lab/supervisor.ts'
import { WORKER_ROLE } from './worker-process.ts'

const LISTENERS = ['connect', 'database', 'rest'] as const
export const isClusterLink = ({ listener }: { readonly listener: string }): boolean =>
  LISTENERS.some(one => one === listener)

/** Whatever there is of a cluster in this lab: processes, recorded or not, links and files. @returns how many were ended */
export async function removeCluster(lab: StartedLab): Promise<number> {
  const { layout, clock } = lab
  const ended = await endRoles(lab, [WORKER_ROLE, 'database'])
  const ofLab = findByArgument(labMarks(layout.dir)[0])
  const ofWorkers = new Set(
    findByArgument('org.apache.kafka.connect.cli.ConnectDistributed').map(({ pid }) => pid),
  )
  const strays = [
    ...ofLab.filter(({ pid }) => ofWorkers.has(pid)),
    ...findByArgument(databaseMark(layout.dir)),
  ]
  const left = await endStrays(strays, clock)
  await removeLinks(lab, LISTENERS)
  rmSync(layout.connectDir, { recursive: true, force: true })
  removeDatabase(layout)
  return ended + left
}
