import { defineProcessorFault } from './processor-faults.ts'
import { everyInstance, isGone, isWell, processorOf } from './processor-reading.ts'

/**
 * SIGKILL: what it had done since its last commit is done again by whoever takes over, unless it was one transaction.
 * Proof: the process table has no such process, nothing answers for it, and the brokers have no member of it in its
 * group any more where they had one. Its state stays on disk.
 */
export const processorKill = defineProcessorFault({
  kind: 'processor-kill',
  summary:
    'An instance of the stateful processor is killed (SIGKILL) and starts again when the time is over.',
  deed: 'an instance of the stateful processor was killed',
  inject: async (driver, { instances }) => {
    await Promise.all(instances.map(id => processorOf(driver).instances.kill(id)))
  },
  isEffective: (now, before) =>
    everyInstance(now, isGone) &&
    everyInstance(before, isWell) &&
    everyInstance(now, ({ state }) => state.bytes > 0),
  heal: async (driver, { instances }) => {
    await Promise.all(instances.map(id => processorOf(driver).instances.start(id)))
  },
})
