import type { StoredReading } from '../../../chaos/core/firmware.ts'
import type { Clients } from '../../../chaos/drivers/driver.ts'
import type { FirmwareDeeds } from '../../../chaos/core/firmware.ts'

const DEVICES = 1000

/** The part of a world in memory that gateways and devices are in. */
export interface FakeGateways {
  readonly connections: Map<string, number>
  /** Gateways that let no device in. */
  readonly shut: Set<string>
  /** By tag: which devices have wrong firmware, and what it does. */
  readonly firmware: Map<string, { readonly devices: readonly number[]; readonly deeds: FirmwareDeeds }>
}
interface FakeWorld extends FakeGateways {
  readonly obeys: boolean
  readonly noise: () => { readonly lost: boolean }
}

export function fakeClients(world: FakeWorld): Clients {
  const set = async (names: readonly string[], count: number) => {
    if (world.obeys) for (const name of names) world.connections.set(name, count)
  }
  return {
    gateways: [...world.connections.keys()].map(name => ({ name, zone: name.replace(/-\d+$/, '') })),
    crash: names => set(names, 0),
    restart: names => set(names, 3),
    shut: async names => {
      if (world.obeys) for (const name of names) world.shut.add(name)
    },
    reopen: async names => {
      if (world.obeys) for (const name of names) world.shut.delete(name)
    },
    listen: async names =>
      Object.fromEntries(
        names.map(name => {
          const connections = world.connections.get(name) ?? 0
          const isFed = connections > 0 && !world.shut.has(name)
          const requestsWithRecords = isFed ? 10 : 0
          const sessions = isFed ? 100 : 0
          return [
            name,
            {
              connections,
              bytes: isFed ? connections * 1000 : 0,
              otherBytes: 0,
              requestsWithRecords,
              sessions,
            },
          ]
        }),
      ),
    look: async name => ({ establishedConnections: world.connections.get(name) ?? 0 }),
    devices: { first: 0, count: DEVICES },
    misbehave: async (tag, devices, { deeds }) => {
      if (world.obeys && !world.firmware.has(tag)) world.firmware.set(tag, { devices, deeds })
    },
    mend: async tag => {
      if (world.obeys) world.firmware.delete(tag)
    },
    stored: async devices => storedOf(world, devices),
  }
}

/** Two records of each device, or none where the question is lost. */
function storedOf(world: FakeWorld, devices: readonly number[]): StoredReading {
  const { lost } = world.noise()
  const wrong = [...world.firmware.values()].find(one => one.devices.includes(devices[0] ?? -1))?.deeds ?? {}
  const { clock = 0, flood = 1, malformed = 0, repeats = 0, restartsSequence = false } = wrong
  const records = lost ? 0 : 2 * devices.length * flood
  const ahead = clock === 'dead' ? -1.7e12 : clock
  return {
    records,
    othersRecords: lost ? 0 : 2 * (DEVICES - devices.length),
    devices: lost ? 0 : devices.length,
    malformed: Math.round(records * malformed),
    othersMalformed: 0,
    version2: wrong.version2 ? records : 0,
    repeated: Math.round(records * repeats),
    restarted: restartsSequence ? devices.length : 0,
    aheadMs: lost ? null : { least: ahead - 20, most: ahead },
  }
}
