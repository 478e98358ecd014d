import { defineProcessorFault } from './processor-faults.ts'
import { everyInstance, type InstanceLook, isWell, processorOf } from './processor-reading.ts'

/**
 * SIGSTOP: others take over once its session has ended, and what it held it may still send when it goes on. Proof: the
 * process table says stopped, nothing answers for it, and the brokers have given its partitions to others: it is no
 * member of its group any more.
 */
export const processorHang = defineProcessorFault({
  kind: 'processor-hang',
  summary: 'An instance of the stateful processor lives and does nothing (SIGSTOP) until it is continued.',
  deed: 'an instance of the stateful processor was frozen',
  inject: async (driver, { instances }) => {
    await Promise.all(instances.map(id => processorOf(driver).instances.pause(id)))
  },
  isEffective: (now, before) => everyInstance(now, isFrozen) && everyInstance(before, isWell),
  heal: async (driver, { instances }) => {
    await Promise.all(instances.map(id => processorOf(driver).instances.resume(id)))
  },
})

const isFrozen = ({ process, members }: InstanceLook): boolean =>
  process.state === 'stopped' && process.answer === 'silent' && members === 0
