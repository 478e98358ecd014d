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
 * SIGKILL, and its folder of state is removed while it is down, as with a machine that is replaced: it has to be
 * rebuilt from its changelog. Proof: as of a kill, and the file system has nothing of the state that was there.
 */
export const processorStateLoss = defineFault<z.output<typeof spec>, InstanceTarget, ProcessorReading>({
  kind: 'processor-state-loss',
  summary:
    'An instance of the stateful processor is killed, loses its state, and starts again when the time is over.',
  deed: 'the state of an instance of the stateful processor was lost',
  dimension: 'stateful-processor',
  needs: ['processor'],
  spec,
  deadlines: { effectMs: GROUP_WITHIN_MS, healMs: INSTANCE_WITHIN_MS },
  choose: async ({ topology }, { instance }, random) => chooseInstance(topology, instance, random),
  inject: async (driver, { instances }) => {
    const processor = processorOf(driver)
    await Promise.all(instances.map(id => processor.instances.kill(id)))
    await Promise.all(instances.map(id => processor.wipe(id)))
  },
  probe: readProcessor,
  baseline: combineLooks,
  doubt: doubtOfInstances,
  isEffective: (now, before) =>
    everyInstance(now, isGone) &&
    everyInstance(now, ({ state }) => state.files === 0) &&
    everyInstance(before, isWell),
  heal: async (driver, { instances }) => {
    await Promise.all(instances.map(id => processorOf(driver).instances.start(id)))
  },
  isHealed: areWellAgain,
  describe: describeProcessor,
})
