import { z } from 'zod'
import { AftershockError } from '../core/errors.ts'
import { FIRMWARE_CLASSES, type FirmwareClass, type FirmwareDeeds, firmwareDeeds } from '../core/firmware.ts'
import { plural } from '../core/numbers.ts'
import type { Observation } from '../core/observation.ts'
import type { StoredReading } from '../drivers/driver.ts'
import { required } from './broker-reading.ts'
import { defineFault, type Moment, type TargetBase } from './fault.ts'
import { DEEDS, type DeedReading, deedsOf } from './firmware-deeds.ts'

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

interface Target extends TargetBase {
  /** By their numbers. */
  readonly devices: readonly number[]
  readonly does: FirmwareDeeds
  readonly dataClass: FirmwareClass
}

/** Two intervals of a device that reports once a second. */
const LISTEN_MS = 2000
/** A journal names every device. */
const MOST_DEVICES = 10_000
const NAMED = 5

/**
 * A share of the devices gets firmware that is wrong, and sound firmware again when it is healed. Proof: what a consumer
 * of ours is given of these devices, as brokers have it stored, beside what it is given of all others.
 */
export const badFirmware = defineFault<z.output<typeof spec>, Target, DeedReading>({
  kind: 'bad-firmware',
  summary: 'A share of the devices has wrong firmware: clocks, sequences, repeats, floods, garbage.',
  deed: 'devices were given wrong firmware',
  dimension: 'wrong-devices',
  needs: ['clients'],
  spec,
  looks: { before: 3, during: 2 },
  deadlines: { effectMs: 30_000, healMs: 90_000 },
  async choose(driver, { share, does, dataClass }, random) {
    const { first, count } = required(driver.clients, 'clients').devices
    const wanted = Math.max(1, Math.round(share * count))
    if (wanted > MOST_DEVICES)
      throw new AftershockError(
        'refused',
        `${wanted} devices would have wrong firmware, and a run names at most ${MOST_DEVICES}`,
        { hint: 'lower `share`, or give the fleet fewer devices' },
      )
    const all = Array.from({ length: count }, (_, index) => first + index)
    const devices = random.sample(all, wanted).toSorted((a, b) => a - b)
    const named = devices.slice(0, NAMED).map(number => `d${number}`)
    const more = devices.length - named.length
    const words = deedsOf(does).map(deed => DEEDS[deed].words(does))
    return {
      summary: `${plural(devices.length, 'device')} (${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}): ${words.join(', ')}`,
      zones: [],
      nodes: [],
      links: [],
      devices,
      does,
      dataClass,
    }
  },
  inject: (driver, { devices, does, dataClass }, id) =>
    required(driver.clients, 'clients').misbehave(id, devices, { deeds: does, dataClass }),
  async probe(driver, { devices, dataClass }) {
    const clients = required(driver.clients, 'clients')
    return combine([await clients.stored(devices, dataClass, LISTEN_MS)])
  },
  baseline: combine,
  doubt(before, { devices, does }) {
    if (before.devices * 2 < devices.length)
      return `of ${plural(devices.length, 'device')} no more than ${before.devices} were heard of within ${LISTEN_MS} ms: with a shorter interval, what they send would show it`
    for (const deed of deedsOf(does)) {
      const why = DEEDS[deed].doubt(before, does)
      if (why !== null) return why
    }
    return null
  },
  isEffective: (now, before, { devices, does }) =>
    now.devices * 2 >= devices.length &&
    deedsOf(does).every(deed => DEEDS[deed].isSeen(now, before, does, devices.length)),
  heal: (driver, _, id) => required(driver.clients, 'clients').mend(id),
  isHealed: (now, before, { devices, does }) =>
    now.devices * 2 >= devices.length && deedsOf(does).every(deed => DEEDS[deed].isGone(now, before, does)),
  describe: (now, before, target, when) => describe(now, before, target, when),
})

/** Sums of counts over all looks, per look; a device that was heard of in some is heard of. */
function combine(looks: readonly StoredReading[]): DeedReading {
  const mean = (of: (look: StoredReading) => number) =>
    looks.reduce((sum, look) => sum + of(look), 0) / looks.length
  const most = (of: (look: StoredReading) => number) => Math.max(...looks.map(of))
  const ahead = looks.flatMap(({ aheadMs }) => aheadMs ?? [])
  return {
    records: mean(look => look.records),
    othersRecords: mean(look => look.othersRecords),
    devices: most(look => look.devices),
    malformed: most(look => look.malformed),
    othersMalformed: most(look => look.othersMalformed),
    repeated: most(look => look.repeated),
    restarted: most(look => look.restarted),
    aheadMs:
      ahead.length === 0
        ? null
        : {
            least: Math.min(...ahead.map(({ least }) => least)),
            most: Math.max(...ahead.map(one => one.most)),
          },
  }
}

function describe(
  now: DeedReading,
  before: DeedReading,
  { devices, does }: Target,
  when: Moment,
): readonly Observation[] {
  const heard = {
    what: `of ${plural(devices.length, 'device')}, those that a consumer was given records of in ${LISTEN_MS} ms`,
    value: now.devices,
    limit: `at least ${Math.ceil(devices.length / 2)}`,
  }
  return [
    heard,
    ...deedsOf(does).map(deed => DEEDS[deed].observe(now, before, does, { when, devices: devices.length })),
  ]
}
