import { z } from 'zod'
import { AftershockError } from '../core/errors.ts'
import { zoneOf } from '../core/topology.ts'
import { duration } from '../core/units.ts'
import type { Commands, Driver } from '../drivers/driver.ts'
import { required } from './broker-reading.ts'
import { defineFault, type TargetBase } from './fault.ts'

const LONGEST_MS = 120_000

const command = z.array(z.string().min(1)).min(1)
const spec = z.strictObject({
  what: z
    .string()
    .min(1)
    .max(300)
    .describe('What is broken, in a sentence.')
    .meta({ examples: ['The pod of broker 2 is deleted'] }),
  inject: command
    .describe('A program and its arguments that break it.')
    .meta({ examples: [['kubectl', 'delete', 'pod', 'kafka-2']] }),
  probe: command
    .describe(
      'A program that looks: it ends with 0 while it is broken, and with 1 while it is not. Any other end is no answer.',
    )
    .meta({ examples: [['./is-down.sh', 'kafka-2']] }),
  heal: command
    .describe('A program that mends it; it may be run twice, and when nothing is broken.')
    .meta({ examples: [['kubectl', 'wait', '--for=condition=ready', 'pod/kafka-2']] }),
  brokers: z
    .array(z.number().int().min(0))
    .default([])
    .describe('The brokers that go away for clients by it.')
    .meta({ examples: [[2]] }),
  within: duration
    .prefault('2m')
    .refine(ms => ms <= LONGEST_MS, 'expected at most 2m')
    .describe('How long each of the programs may take.'),
})

interface Target extends TargetBase {
  readonly inject: readonly string[]
  readonly probe: readonly string[]
  readonly heal: readonly string[]
  readonly withinMs: number
}

/** `unknown`: the probe ended in another way, which says nothing. */
interface Reading {
  readonly state: 'broken' | 'whole' | 'unknown'
  readonly seen: string
}

/**
 * What only the owner of a cluster can do, by commands of theirs. Proof: a probe of theirs that said no each time
 * before the injection says yes twice in a row; it says no again after healing. What the commands print is kept nowhere:
 * it may hold what nobody else is to see.
 */
export const hook = defineFault<z.output<typeof spec>, Target, Reading>({
  kind: 'hook',
  summary: 'Commands of your own break something, look at it, and mend it.',
  deed: 'something was broken by a command of its author’s',
  dimension: 'hook',
  needs: ['commands'],
  spec,
  deadlines: { effectMs: 120_000, healMs: 180_000 },
  async choose({ topology }, { what, inject, probe, heal, brokers, within }) {
    const absent = topology.nodes.length > 0 && brokers.find(id => zoneOf(topology, id) === undefined)
    if (typeof absent === 'number')
      throw new AftershockError('refused', `there is no broker ${absent}`, {
        hint: `brokers are ${topology.nodes.map(({ id }) => id).join(', ')}`,
      })
    const zones = [...new Set(brokers.flatMap(id => zoneOf(topology, id) ?? []))]
    const summary = `${what} (${inject.join(' ')})`
    return { summary, zones, nodes: brokers, links: [], inject, probe, heal, withinMs: within }
  },
  inject: (driver, { inject, withinMs }) => mustSucceed(driver, inject, withinMs, 'inject'),
  async probe(driver, { probe, withinMs }) {
    const { exitCode, why } = await commandsOf(driver).run(probe, withinMs)
    const state = exitCode === 0 ? 'broken' : exitCode === 1 ? 'whole' : 'unknown'
    return { state, seen: exitCode === null ? (why ?? 'it did not end') : `it ended with ${exitCode}` }
  },
  baseline: looks => looks.find(({ state }) => state !== 'whole') ?? (looks.at(-1) as Reading),
  doubt: ({ state, seen }) =>
    state === 'whole'
      ? null
      : `the probe must say that nothing is broken before anything is (by ending with 1), and ${seen}`,
  isEffective: (now, before) => now.state === 'broken' && before.state === 'whole',
  heal: (driver, { heal, withinMs }) => mustSucceed(driver, heal, withinMs, 'heal'),
  isHealed: now => now.state === 'whole',
  describe: ({ state, seen }, _before, { probe }) => [
    { what: `probe ${probe[0]}`, value: state === 'unknown' ? `no answer: ${seen}` : state },
  ],
})

const commandsOf = (driver: Driver): Commands => required(driver.commands, 'commands')

async function mustSucceed(
  driver: Driver,
  argv: readonly string[],
  withinMs: number,
  part: string,
): Promise<void> {
  const { exitCode, why } = await commandsOf(driver).run(argv, withinMs)
  if (exitCode === 0) return
  throw new AftershockError(
    'unavailable',
    `${part} (${argv[0]}) ended with ${exitCode ?? why ?? 'no status'}`,
    {
      hint: 'run it by hand to see what it says: that is kept nowhere',
      source: 'user',
    },
  )
}
