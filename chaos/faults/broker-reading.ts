import type { Observation } from '../core/observation.ts'
import type { NodeId } from '../core/topology.ts'
import type { Driver, ProcessReading, Processes } from '../drivers/driver.ts'
import { AftershockError } from '../core/errors.ts'
import { combineEach } from './combine-looks.ts'

/**
 * How long healing may wait for a broker: AutoMQ took 10 s to start on a quiet machine, 72 s at a load of 20, and one
 * that was hung ends itself first and is started again.
 */
export const STARTED_WITHIN_MS = 180_000

/** What is seen of each broker that a fault touched: its process, and whether its listener answers. */
export type BrokerReading = Readonly<Record<NodeId, ProcessReading>>

export function processesOf(driver: Driver): Processes {
  return required(driver.processes, 'processes')
}

/** A capability that the drill's check already found; its absence here is a bug. */
export function required<T>(port: T | undefined, name: string): T {
  if (port === undefined) throw new AftershockError('internal', `the driver has no ${name}`)
  return port
}

export async function readBrokers(driver: Driver, nodes: readonly NodeId[]): Promise<BrokerReading> {
  const processes = processesOf(driver)
  return Object.fromEntries(
    await Promise.all(nodes.map(async node => [node, await processes.look(node)] as const)),
  )
}

/**
 * Several looks as one: a process that was the same in all of them was there. One that was not, or that did not
 * answer each time, is as it was at its worst: what ends by itself proves no kill.
 */
export function combineBrokers(looks: readonly BrokerReading[]): BrokerReading {
  return combineEach(looks, parts => {
    const last = parts.at(-1) as ProcessReading
    const silent = parts.find(part => part.answer !== 'answered')
    const isSame = parts.every(part => part.process?.startedAt === last.process?.startedAt)
    const state = parts.find(part => part.state !== 'running')?.state ?? (isSame ? 'running' : 'absent')
    return { state, process: last.process, answer: silent?.answer ?? 'answered' }
  })
}

/**
 * The process table has no such process any more, and its port refuses connections. One that was gone before
 * the injection proves nothing about it.
 */
export const allWentAway = (now: BrokerReading, before: BrokerReading): boolean =>
  Object.values(now).every(node => node.state === 'absent' && node.answer === 'refused') &&
  Object.values(before).every(node => node.state !== 'absent')

export const allServe = (reading: BrokerReading): boolean =>
  Object.values(reading).every(node => node.state === 'running' && node.answer === 'answered')

export function describeBrokers(reading: BrokerReading, before: BrokerReading): Observation[] {
  return Object.entries(reading).flatMap(([node, seen]) => [
    { what: `process of broker ${node}`, value: processWords(seen, before[Number(node)]) },
    { what: `client listener of broker ${node}`, value: seen.answer },
  ])
}

/** What was seen of a process, and whether it is another one than before. */
export function processWords({ state, process }: ProcessReading, before: ProcessReading | undefined): string {
  if (!process) return state
  const old = before?.process
  const isOther = old && (old.pid !== process.pid || old.startedAt !== process.startedAt)
  return `${state}, pid ${process.pid}${isOther ? ', another process than before' : ''}`
}
