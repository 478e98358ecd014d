import { rmSync } from 'node:fs'
import type { Admin } from 'kafkajs'
import type { Clock } from '../../../core/clock.ts'
import { messageOf } from '../../../core/errors.ts'
import { waitFor } from '../../../core/wait.ts'
import { findByArgument, findByVariable } from '../../../machine/process-table.ts'
import {
  DEVICES_GROUP,
  isProcessorTopic,
  PROCESSOR_GROUP,
  WRITER_GROUP,
} from '../../../platforms/processor.ts'
import { removeDatabase } from '../database/database-dir.ts'
import { withLabAdmin } from '../lab/lab-admin.ts'
import type { StartedLab } from '../lab/lab.ts'
import { databaseMark, endProcess, LAB_VARIABLE, labMarks } from '../lab/supervisor.ts'
import { toxiproxyApi } from '../links/toxiproxy-api.ts'
import { READER_CLASS, TWIN_CLASS } from '../setup/device-twin.ts'
import { INSTANCE_ROLE } from './instance-node.ts'

/** A group whose members were killed is empty once their sessions have ended. */
const EMPTY_WITHIN_MS = 30_000

export const isProcessorLink = ({ listener }: { readonly listener: string }, writes: boolean): boolean =>
  listener === 'processor' || (writes && listener === 'database')

/** Whatever there is of a processor in this lab: processes, recorded or not, links and files. @returns how many were ended */
export async function removeProcessor({ layout, supervisor, clock }: StartedLab): Promise<number> {
  let ended = 0
  for (const { role, node } of supervisor.state.processes)
    if (role === INSTANCE_ROLE) {
      if (supervisor.alive(role, node)) ended++
      await supervisor.end(role, node, 'SIGKILL', 0)
    }
  // One that was started a moment before a kill -9 is in no list.
  const own = new Set([TWIN_CLASS, READER_CLASS].flatMap(findByArgument).map(({ pid }) => pid))
  for (const left of findByArgument(labMarks(layout.dir)[0]).filter(({ pid }) => own.has(pid))) {
    await endProcess(left, 'SIGKILL', 0, clock)
    ended++
  }
  ended += await endStrays({ layout, clock })
  const api = toxiproxyApi(layout.addresses.toxiproxy)
  for (const name of Object.keys(await api.proxies()).filter(one => one.endsWith('.processor')))
    await api.remove(name)
  rmSync(layout.processorDir, { recursive: true, force: true })
  return ended
}

/** What a drill's own program started and did not end with itself. @returns how many there were */
export async function endStrays({ layout, clock }: Pick<StartedLab, 'layout' | 'clock'>): Promise<number> {
  const strays = findByVariable(LAB_VARIABLE, layout.dir)
  await Promise.all(strays.map(stray => endProcess(stray, 'SIGKILL', 0, clock)))
  return strays.length
}

/** The database that its instances write to, and the links to it. @returns how many processes were ended */
export async function removeWriter({ layout, supervisor, clock }: StartedLab): Promise<number> {
  let ended = supervisor.alive('database', null) ? 1 : 0
  await supervisor.end('database', null, 'SIGKILL', 0)
  for (const left of findByArgument(databaseMark(layout.dir))) {
    await endProcess(left, 'SIGKILL', 0, clock)
    ended++
  }
  const api = toxiproxyApi(layout.addresses.toxiproxy)
  for (const name of Object.keys(await api.proxies()).filter(one => one.endsWith('.database')))
    await api.remove(name)
  removeDatabase(layout)
  return ended
}

/** Takes a processor off a lab that stays, with its topics. What is not there is left so. */
export async function clearProcessor(lab: StartedLab): Promise<number> {
  const ended = (await removeProcessor(lab)) + (await removeWriter(lab))
  // Where no broker answers they stay: the next processor begins with removing them, and nobody else sees them.
  await withLabAdmin(lab.layout, removeTopics).catch(() => {})
  return ended
}

/**
 * On a lab that stays, a processor may have run before: its offsets and its changelog would be taken for this one's.
 * @throws AftershockError `unavailable` when a group does not get empty, or a topic does not go.
 */
export async function forgetEarlierProcessor(admin: Admin, clock: Clock): Promise<void> {
  const groups = new Set<string>([PROCESSOR_GROUP, DEVICES_GROUP, WRITER_GROUP])
  let seen = ''
  const wait = { clock, deadlineMs: EMPTY_WITHIN_MS, everyMs: 500, lastSeen: () => seen }
  await waitFor(
    'groups of an earlier processor to be gone',
    async () => {
      const there = (await admin.listGroups()).groups.map(({ groupId }) => groupId)
      const left = there.filter(group => groups.has(group))
      if (left.length === 0) return true
      seen = await admin.deleteGroups(left).then(() => left.join(', '), messageOf)
      return false
    },
    wait,
  )
  await removeTopics(admin)
  const areGone = async () => !(await admin.listTopics()).some(isProcessorTopic)
  await waitFor('topics of an earlier processor to be gone', areGone, wait)
}

async function removeTopics(admin: Admin): Promise<void> {
  const topics = (await admin.listTopics()).filter(isProcessorTopic)
  if (topics.length > 0) await admin.deleteTopics({ topics })
}
