import { z } from 'zod'
import type { Address } from '../../../core/network.ts'
import { exchangeOverHttp } from '../../../net/http-call.ts'
import type { InstanceTasks } from '../../driver.ts'

const partitions = z.array(z.int().min(0))
const status = z.object({ state: z.string(), active: partitions, standby: partitions })

/** What an instance says of itself, asked directly; null when it does not answer. */
export async function readTasks(address: Address, timeoutMs: number): Promise<InstanceTasks | null> {
  const { outcome, status: code, body } = await exchangeOverHttp(address, { path: '/', timeoutMs })
  if (outcome !== 'answered' || code !== 200) return null
  const parsed = status.safeParse(jsonOf(body))
  return parsed.success ? parsed.data : null
}

/** One device's twin. */
export type KeptTwin = readonly [
  device: string,
  epoch: number,
  sequence: number,
  issued: number,
  acknowledged: number,
]

/**
 * The twins of its active partitions; null when it does not answer, or one is on its way elsewhere; `untold` of a program
 * that has no such page.
 */
export async function readTwins(address: Address, timeoutMs: number): Promise<KeptTwin[] | 'untold' | null> {
  const { outcome, status: code, body } = await exchangeOverHttp(address, { path: '/twins', timeoutMs })
  if (outcome === 'answered' && code === 404) return 'untold'
  if (outcome !== 'answered' || code !== 200) return null
  const lines = body.split('\n').filter(line => line !== '')
  const twins = lines.map(line => /^(\S+) (-?\d+)\/(-?\d+)\/(\d+)\/(\d+)$/.exec(line))
  if (twins.some(twin => twin === null)) return null
  return twins.map(twin => {
    const [, device = '', ...numbers] = twin ?? []
    const [epoch = 0, sequence = 0, issued = 0, acknowledged = 0] = numbers.map(Number)
    return [device, epoch, sequence, issued, acknowledged]
  })
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
