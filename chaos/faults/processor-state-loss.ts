import { defineProcessorFault } from './processor-faults.ts'
import { everyInstance, isGone, isWell, processorOf } from './processor-reading.ts'

/**
 * SIGKILL, and its folder of state is removed while it is down, as with a machine that is replaced: it has to be
 * rebuilt from its changelog. Proof: as of a kill, and the file system has nothing of the state that was there.
 */
export const processorStateLoss = defineProcessorFault({
  kind: 'processor-state-loss',
  summary:
    'An instance of the stateful processor is killed, loses its state, and starts again when the time is over.',
  deed: 'the state of an instance of the stateful processor was lost',
  inject: async (driver, { instances }) => {
    const processor = processorOf(driver)
    await Promise.all(instances.map(id => processor.instances.kill(id)))
    await Promise.all(instances.map(id => processor.wipe(id)))
  },
  isEffective: (now, before) =>
    everyInstance(now, isGone) &&
    everyInstance(now, ({ state }) => state.files === 0) &&
    everyInstance(before, isWell),
  heal: async (driver, { instances }) => {
    await Promise.all(instances.map(id => processorOf(driver).instances.start(id)))
  },
})
