import { z } from 'zod'
import { FIRMWARE_CLASSES, firmwareDeeds } from '../core/firmware.ts'
import { defineFault } from './fault.ts'
import type { DeedReading } from './firmware-deeds.ts'
import { firmwareFault, type FirmwareTarget } from './firmware-fault.ts'

const spec = z.strictObject({
  share: z
    .number()
    .gt(0)
    .max(1)
    .default(0.02)
    .describe('Share of the devices whose firmware is wrong, drawn by the seed; at least one.'),
  does: firmwareDeeds.describe(
    'What it does: one or several of clock, restartsSequence, repeats, malformed, flood.',
  ),
  dataClass: z
    .enum(FIRMWARE_CLASSES)
    .default('telemetry')
    .describe('Whose topic it repeats, garbles and floods; the proof is read there too.'),
})

/**
 * A share of the devices gets firmware that is wrong, and sound firmware again when it is healed. Proof: what a consumer
 * of ours is given of these devices, as brokers have it stored, beside what it is given of all others.
 */
export const badFirmware = defineFault<z.output<typeof spec>, FirmwareTarget, DeedReading>({
  ...firmwareFault(({ does }) => does),
  kind: 'bad-firmware',
  summary: 'A share of the devices has wrong firmware: clocks, sequences, repeats, floods, garbage.',
  deed: 'devices were given wrong firmware',
  spec,
})
