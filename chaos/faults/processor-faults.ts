import { z } from 'zod'
import { defineFault, type Fault, type Own } from './fault.ts'
import {
  areWellAgain,
  chooseInstance,
  combineLooks,
  describeProcessor,
  doubtOfInstances,
  GROUP_WITHIN_MS,
  INSTANCE_WITHIN_MS,
  instanceSelector,
  type InstanceTarget,
  type ProcessorReading,
  readProcessor,
} from './processor-reading.ts'

const spec = z.strictObject({ instance: instanceSelector })
type ProcessorFault = Fault<z.output<typeof spec>, InstanceTarget, ProcessorReading>

/** A fault of the stateful processor: seen by the process of an instance, its state on disk, and its group. */
export const defineProcessorFault = (own: Own<ProcessorFault>): Fault =>
  defineFault<z.output<typeof spec>, InstanceTarget, ProcessorReading>({
    dimension: 'stateful-processor',
    needs: ['processor'],
    spec,
    deadlines: { effectMs: GROUP_WITHIN_MS, healMs: INSTANCE_WITHIN_MS },
    choose: async ({ topology }, { instance }, random) => chooseInstance(topology, instance, random),
    probe: readProcessor,
    baseline: combineLooks,
    doubt: doubtOfInstances,
    isHealed: areWellAgain,
    describe: describeProcessor,
    ...own,
  })
