import { rmSync } from 'node:fs'
import type { Admin } from 'kafkajs'
import type { Clock } from '../../../core/clock.ts'
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
import {
  deleteTopics,
  endRoles,
  endStrays,
  forgetGroups,
  forgetTopics,
  removeLinks,
} from '../lab/lab-parts.ts'
import { databaseMark, LAB_VARIABLE, labMarks } from '../lab/supervisor.ts'
import { READER_CLASS, TWIN_CLASS } from '../setup/device-twin.ts'
import { INSTANCE_ROLE } from './instance-node.ts'

export const isProcessorLink = ({ listener }: { readonly listener: string }, writes: boolean): boolean =>
  listener === 'processor' || (writes && listener === 'database')

/** Whatever there is of a processor in this lab: processes, recorded or not, links and files. @returns how many were ended */
export async function removeProcessor(lab: StartedLab): Promise<number> {
  const { layout, clock } = lab
  const ended = await endRoles(lab, [INSTANCE_ROLE])
  const own = new Set([TWIN_CLASS, READER_CLASS].flatMap(findByArgument).map(({ pid }) => pid))
  const marked = findByArgument(labMarks(layout.dir)[0]).filter(({ pid }) => own.has(pid))
  const left = (await endStrays(marked, clock)) + (await endOwnPrograms(lab))
  await removeLinks(lab, ['processor'])
  rmSync(layout.processorDir, { recursive: true, force: true })
  return ended + left
}

/** What a drill's own program started and did not end with itself. @returns how many there were */
export const endOwnPrograms = ({ layout, clock }: Pick<StartedLab, 'layout' | 'clock'>): Promise<number> =>
  endStrays(findByVariable(LAB_VARIABLE, layout.dir), clock)

/** The database that its instances write to, and the links to it. @returns how many processes were ended */
export async function removeWriter(lab: StartedLab): Promise<number> {
  const { layout, clock } = lab
  const ended = await endRoles(lab, ['database'])
  const left = await endStrays(findByArgument(databaseMark(layout.dir)), clock)
  await removeLinks(lab, ['database'])
  removeDatabase(layout)
  return ended + left
}

/** Takes a processor off a lab that stays, with its topics. What is not there is left so. */
export async function clearProcessor(lab: StartedLab): Promise<number> {
  const ended = (await removeProcessor(lab)) + (await removeWriter(lab))
  // Where no broker answers they stay: the next processor begins with removing them, and nobody else sees them.
  await withLabAdmin(lab.layout, admin => deleteTopics(admin, isProcessorTopic)).catch(() => {})
  return ended
}

/**
 * On a lab that stays, a processor may have run before: its offsets and its changelog would be taken for this one's.
 * @throws AftershockError `unavailable` when a group does not get empty, or a topic does not go.
 */
export async function forgetEarlierProcessor(admin: Admin, clock: Clock): Promise<void> {
  const groups = new Set<string>([PROCESSOR_GROUP, DEVICES_GROUP, WRITER_GROUP])
  await forgetGroups(admin, 'an earlier processor', group => groups.has(group), clock)
  await forgetTopics(admin, 'an earlier processor', isProcessorTopic, clock)
}
