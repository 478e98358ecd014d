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
  type InstanceLook,
  type InstanceTarget,
  isWell,
  processorOf,
  type ProcessorReading,
  readProcessor,
} from './processor-reading.ts'

const spec = z.strictObject({ instance: instanceSelector })

/**
 * SIGSTOP: others take over once its session has ended, and what it held it may still send when it goes on. Proof: the
 * process table says stopped, nothing answers for it, and the brokers have given its partitions to others: it is no
 * member of its group any more.
 */
export const processorHang = defineFault<z.output<typeof spec>, InstanceTarget, ProcessorReading>({
  kind: 'processor-hang',
  summary: 'An instance of the stateful processor lives and does nothing (SIGSTOP) until it is continued.',
  deed: 'an instance of the stateful processor was frozen',
  dimension: 'stateful-processor',
  needs: ['processor'],
  spec,
  deadlines: { effectMs: GROUP_WITHIN_MS, healMs: INSTANCE_WITHIN_MS },
  choose: async ({ topology }, { instance }, random) => chooseInstance(topology, instance, random),
  inject: async (driver, { instances }) => {
    await Promise.all(instances.map(id => processorOf(driver).instances.pause(id)))
  },
  probe: readProcessor,
  baseline: combineLooks,
  doubt: doubtOfInstances,
  isEffective: (now, before) => everyInstance(now, isFrozen) && everyInstance(before, isWell),
  heal: async (driver, { instances }) => {
    await Promise.all(instances.map(id => processorOf(driver).instances.resume(id)))
  },
  isHealed: areWellAgain,
  describe: describeProcessor,
})

const isFrozen = ({ process, members }: InstanceLook): boolean =>
  process.state === 'stopped' && process.answer === 'silent' && members === 0
