import { z } from 'zod'
import { defineFault } from './fault.ts'
import {
  areWellAgain,
  chooseInstance,
  combineLooks,
  describeProcessor,
  doubtOfInstances,
  everyInstance,
  GROUP_WITHIN_MS,
  INSTANCE_WITHIN_MS,
  instanceSelector,
  type InstanceTarget,
  isGone,
  isWell,
  processorOf,
  type ProcessorReading,
  readProcessor,
} from './processor-reading.ts'

const spec = z.strictObject({ instance: instanceSelector })

/**
 * SIGKILL: what it had done since its last commit is done again by whoever takes over, unless it was one transaction.
 * Proof: the process table has no such process, nothing answers for it, and the brokers have no member of it in its
 * group any more where they had one. Its state stays on disk.
 */
export const processorKill = defineFault<z.output<typeof spec>, InstanceTarget, ProcessorReading>({
  kind: 'processor-kill',
  summary:
    'An instance of the stateful processor is killed (SIGKILL) and starts again when the time is over.',
  deed: 'an instance of the stateful processor was killed',
  dimension: 'stateful-processor',
  needs: ['processor'],
  spec,
  deadlines: { effectMs: GROUP_WITHIN_MS, healMs: INSTANCE_WITHIN_MS },
  choose: async ({ topology }, { instance }, random) => chooseInstance(topology, instance, random),
  inject: async (driver, { instances }) => {
    await Promise.all(instances.map(id => processorOf(driver).instances.kill(id)))
  },
  probe: readProcessor,
  baseline: combineLooks,
  doubt: doubtOfInstances,
  isEffective: (now, before) =>
    everyInstance(now, isGone) &&
    everyInstance(before, isWell) &&
    everyInstance(now, ({ state }) => state.bytes > 0),
  heal: async (driver, { instances }) => {
    await Promise.all(instances.map(id => processorOf(driver).instances.start(id)))
  },
  isHealed: areWellAgain,
  describe: describeProcessor,
})
