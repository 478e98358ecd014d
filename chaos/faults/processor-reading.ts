import { z } from 'zod'
import { AftershockError } from '../core/errors.ts'
import type { Observation } from '../core/observation.ts'
import type { Random } from '../core/random.ts'
import { instancesOf, type NodeId, type Topology, ZONES } from '../core/topology.ts'
import type { Driver, InstanceTasks, Processor, ProcessReading, StateReading } from '../drivers/driver.ts'
import { processWords, required } from './broker-reading.ts'
import type { TargetBase } from './fault.ts'

/** A session of the group has to end before the brokers count a member no more: 10 s, and a rebalance. */
export const GROUP_WITHIN_MS = 60_000
/** How long an instance may take to process again on a busy machine: a JVM, a group to join, state to restore. */
export const INSTANCE_WITHIN_MS = 180_000

export const instanceSelector = z
  .union([z.literal('random'), z.strictObject({ zone: z.enum(ZONES) })])
  .default('random')
  .describe('Which instance of the stateful processor: that of a zone, or one drawn at random.')
  .meta({ examples: [{ zone: 'az-a' }] })

export interface InstanceTarget extends TargetBase {
  readonly instances: readonly NodeId[]
}

export function processorOf(driver: Driver): Processor {
  return required(driver.processor, 'processor')
}

/** @throws AftershockError `refused` when there is no such instance. */
export function chooseInstance(
  topology: Topology,
  selector: z.output<typeof instanceSelector>,
  random: Random,
): InstanceTarget {
  const all = instancesOf(topology)
  const fits =
    selector === 'random'
      ? random.sample(all, Math.min(1, all.length))
      : all.filter(({ zone }) => zone === selector.zone)
  if (fits.length === 0)
    throw new AftershockError('refused', 'no instance of the processor fits', {
      hint:
        all.length > 0
          ? `there are instances in ${all.map(({ zone }) => zone).join(', ')}`
          : 'give the drill a `processor`',
    })
  return {
    summary: `processor instance ${fits.map(({ id, zone }) => `${id} (${zone})`).join(', ')}`,
    zones: fits.map(({ zone }) => zone),
    nodes: [],
    links: [],
    instances: fits.map(({ id }) => id),
  }
}

/** One instance: its process, its folder of state, its members as the brokers count them, and what it says itself. */
export interface InstanceLook {
  readonly process: ProcessReading
  readonly state: StateReading
  /** null when no broker answered. */
  readonly members: number | null
  readonly tasks: InstanceTasks | null
}

export interface ProcessorReading {
  readonly instances: Readonly<Record<NodeId, InstanceLook>>
}

export async function readProcessor(
  driver: Driver,
  { instances }: InstanceTarget,
): Promise<ProcessorReading> {
  const processor = processorOf(driver)
  const members = await processor.members()
  const looks = instances.map(async id => {
    const [process, state, tasks] = await Promise.all([
      processor.instances.look(id),
      processor.state(id),
      processor.tasks(id),
    ])
    return [id, { process, state, members: members && (members[id] ?? 0), tasks }] as const
  })
  return { instances: Object.fromEntries(await Promise.all(looks)) }
}

/** It runs and answers, has state, is a member of its group, and says that it processes. */
export const isWell = ({ process, state, members, tasks }: InstanceLook): boolean =>
  process.state === 'running' &&
  process.answer === 'answered' &&
  state.bytes > 0 &&
  (members ?? 0) > 0 &&
  tasks?.state === 'RUNNING'

/** Several looks as one: what was not well in each of them was not well. */
export function combineLooks(looks: readonly ProcessorReading[]): ProcessorReading {
  const last = looks.at(-1) as ProcessorReading
  const worst = (id: NodeId): InstanceLook => {
    const parts = looks.flatMap(look => look.instances[id] ?? [])
    const now = last.instances[id] as InstanceLook
    const isSame = parts.every(
      ({ process }) => process.process?.startedAt === parts[0]?.process.process?.startedAt,
    )
    if (!isSame) return { ...now, process: { ...now.process, state: 'absent' } }
    return parts.find(part => !isWell(part)) ?? now
  }
  return {
    instances: Object.fromEntries(Object.keys(last.instances).map(id => [id, worst(Number(id))])),
  }
}

/** What was not seen well before cannot be seen to break, and of one that processes nothing nobody misses anything. */
export function doubtOfInstances({ instances }: ProcessorReading): string | null {
  const bad = Object.entries(instances).find(([, look]) => !isWell(look))
  if (bad) return `instance ${bad[0]} was not well before: ${wordsOf(bad[1])}`
  const idle = Object.entries(instances).find(([, { tasks }]) => tasks?.active.length === 0)
  return idle ? `instance ${idle[0]} processed no partition before: ${wordsOf(idle[1])}` : null
}

export const everyInstance = (
  { instances }: ProcessorReading,
  is: (look: InstanceLook) => boolean,
): boolean => Object.values(instances).length > 0 && Object.values(instances).every(is)

/** No such process, nothing that answers, and no member of it in its group. */
export const isGone = ({ process, members }: InstanceLook): boolean =>
  process.state === 'absent' && process.answer === 'refused' && members === 0

/** Those that were well before are well again; those that were not, something else had broken. */
export const areWellAgain = (now: ProcessorReading, before: ProcessorReading): boolean =>
  Object.entries(now.instances).every(([id, look]) => {
    const was = before.instances[Number(id)]
    return isWell(look) || (was !== undefined && !isWell(was))
  })

export function describeProcessor(now: ProcessorReading, before: ProcessorReading): Observation[] {
  return Object.entries(now.instances).flatMap(([id, look]) => [
    {
      what: `process of instance ${id}`,
      value: processWords(look.process, before.instances[Number(id)]?.process),
    },
    { what: `status of instance ${id}`, value: look.process.answer },
    { what: `members of instance ${id}, by the brokers`, value: look.members ?? 'not reported' },
    { what: `files of the state of instance ${id}`, value: look.state.files },
    { what: `bytes of the state of instance ${id}`, value: look.state.bytes },
    { what: `instance ${id} says of itself`, value: taskWords(look.tasks) },
  ])
}

const taskWords = (tasks: InstanceTasks | null): string =>
  tasks
    ? `${tasks.state}, partitions ${tasks.active.join(', ') || 'none'}; copies of ${tasks.standby.join(', ') || 'none'}`
    : 'nothing'

const wordsOf = (look: InstanceLook): string =>
  [
    look.process.state,
    look.process.answer,
    `${look.members ?? 'unknown'} members`,
    `${look.state.bytes} bytes of state`,
    taskWords(look.tasks),
  ].join(', ')
