import { AftershockError } from '../core/errors.ts'
import type { FirmwareClass, FirmwareDeeds, StoredReading } from '../core/firmware.ts'
import { plural } from '../core/numbers.ts'
import type { Observation } from '../core/observation.ts'
import { required } from './broker-reading.ts'
import type { Fault, Moment, TargetBase } from './fault.ts'
import { DEEDS, type DeedReading, deedsOf } from './firmware-deeds.ts'

/** Devices with wrong firmware, by their numbers, and what that does. */
export interface FirmwareTarget extends TargetBase {
  readonly devices: readonly number[]
  readonly does: FirmwareDeeds
  readonly dataClass: FirmwareClass
}

/** Two intervals of a device that reports once a second. */
const LISTEN_MS = 2000
/** A journal names every device. */
const MOST_DEVICES = 10_000
const NAMED = 5

/** What a fault needs whose devices get wrong firmware; beside its own words, its spec and how that says what is done. */
export function firmwareFault<Spec extends { readonly share: number; readonly dataClass: FirmwareClass }>(
  doesOf: (spec: Spec) => FirmwareDeeds,
): Omit<Fault<Spec, FirmwareTarget, DeedReading>, 'kind' | 'summary' | 'deed' | 'spec'> {
  return {
    dimension: 'wrong-devices',
    needs: ['clients'],
    looks: { before: 3, during: 2 },
    deadlines: { effectMs: 30_000, healMs: 90_000 },
    async choose(driver, spec, random) {
      const { share, dataClass } = spec
      const does = doesOf(spec)
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
    describe,
  }
}

/** Means of what is compared by rate, and the worst look of what must not be there; a device that was heard of once was. */
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
    version2: most(look => look.version2),
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
  { devices, does }: FirmwareTarget,
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
