import type { Admin } from 'kafkajs'
import type { Clock } from '../../../core/clock.ts'
import { messageOf } from '../../../core/errors.ts'
import type { ProcessIdentity } from '../../../core/process-identity.ts'
import { waitFor } from '../../../core/wait.ts'
import { toxiproxyApi } from '../../toxiproxy-api.ts'
import type { StartedLab } from './lab.ts'
import { endProcess } from './supervisor.ts'

/** What a run has of its own in a lab, beside brokers and links, and how all of it is taken away again. */

/** A group whose members were killed is empty once their sessions have ended. */
const EMPTY_WITHIN_MS = 30_000

/** Ends every recorded process of these roles at once. @returns how many there were */
export async function endRoles({ supervisor }: StartedLab, roles: readonly string[]): Promise<number> {
  let ended = 0
  for (const { role, node } of supervisor.state.processes) {
    if (!roles.includes(role)) continue
    if (supervisor.alive(role, node)) ended++
    await supervisor.end(role, node, 'SIGKILL', 0)
  }
  return ended
}

/** Those that were started a moment before a kill -9 and are in no list. @returns how many there were */
export async function endStrays(strays: readonly ProcessIdentity[], clock: Clock): Promise<number> {
  await Promise.all(strays.map(stray => endProcess(stray, 'SIGKILL', 0, clock)))
  return strays.length
}

/** Removes the links to these listeners. */
export async function removeLinks({ layout }: StartedLab, listeners: readonly string[]): Promise<void> {
  const api = toxiproxyApi(layout.addresses.toxiproxy)
  const names = Object.keys(await api.proxies())
  for (const name of names.filter(one => listeners.some(own => one.endsWith(`.${own}`))))
    await api.remove(name)
}

/** @param whose in words @throws AftershockError `unavailable` when a group does not get empty */
export async function forgetGroups(
  admin: Admin,
  whose: string,
  isOwn: (group: string) => boolean,
  clock: Clock,
): Promise<void> {
  let seen = ''
  await waitFor(
    `groups of ${whose} to be gone`,
    async () => {
      const left = (await admin.listGroups()).groups.map(({ groupId }) => groupId).filter(isOwn)
      if (left.length === 0) return true
      seen = await admin.deleteGroups(left).then(() => left.join(', '), messageOf)
      return false
    },
    { clock, deadlineMs: EMPTY_WITHIN_MS, everyMs: 500, lastSeen: () => seen },
  )
}

/** Asks for their removal. @returns whether there were any */
export async function deleteTopics(admin: Admin, isOwn: (topic: string) => boolean): Promise<boolean> {
  const topics = (await admin.listTopics()).filter(isOwn)
  if (topics.length > 0) await admin.deleteTopics({ topics })
  return topics.length > 0
}

/** The same, and waits for it. @throws AftershockError `unavailable` when one does not go */
export async function forgetTopics(
  admin: Admin,
  whose: string,
  isOwn: (topic: string) => boolean,
  clock: Clock,
): Promise<void> {
  if (!(await deleteTopics(admin, isOwn))) return
  const areGone = async () => !(await admin.listTopics()).some(isOwn)
  await waitFor(`topics of ${whose} to be gone`, areGone, { clock, deadlineMs: EMPTY_WITHIN_MS })
}
