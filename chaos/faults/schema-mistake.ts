import { z } from 'zod'
import { FIRMWARE_CLASSES } from '../core/firmware.ts'
import { defineFault } from './fault.ts'
import type { DeedReading } from './firmware-deeds.ts'
import { firmwareFault, type FirmwareTarget } from './firmware-fault.ts'

const spec = z.strictObject({
  share: z
    .number()
    .gt(0)
    .max(1)
    .default(0.1)
    .describe('Share of the devices that get the next version, drawn by the seed; at least one.'),
  dataClass: z.enum(FIRMWARE_CLASSES).default('integration').describe('Whose records are of that version.'),
})

/**
 * Producers of the next version are rolled out before any consumer reads it: the field that names a record is called
 * something else. Brokers take it, consumers cannot. Healing takes the version back; what was written stays. Proof: what
 * a consumer of ours is given of these devices, as brokers have it stored.
 */
export const schemaMistake = defineFault<z.output<typeof spec>, FirmwareTarget, DeedReading>({
  ...firmwareFault(() => ({ version2: true })),
  kind: 'schema-mistake',
  summary: 'A share of the devices writes a version of its records that no consumer reads.',
  deed: 'devices were given a version that no consumer reads',
  spec,
})
