import type { Clock } from '../core/clock.ts'
import { AftershockError } from '../core/errors.ts'
import type { FleetClients } from '../drivers/driver.ts'
import type { DevicePopulation } from './device-population.ts'
import type { DeviceTable } from './device-table.ts'
import type { Gateway } from './gateway.ts'
import type { GatewaySockets } from './gateway-sockets.ts'
import type { SessionDoor } from './session-door.ts'
import { ackedBytes, establishedConnections } from './tcp-table.ts'

/**
 * What the kernel counts as taken in some time was written in it, or shortly before: the other end may wait for so long
 * before it acknowledges (Linux, TCP_DELACK_MAX).
 */
const ACKNOWLEDGED_WITHIN_MS = 200

interface Station {
  readonly gateway: Gateway
  readonly door: SessionDoor
}

/** What faults may do to the gateways of a fleet, and how they are looked at. `stations` in the order of the gateways. */
export function gatewayClients(fleet: {
  readonly stations: readonly Station[]
  readonly population: DevicePopulation
  readonly devices: DeviceTable
  readonly sockets: GatewaySockets
  readonly clock: Clock
}): FleetClients {
  const { stations, population, devices, sockets, clock } = fleet
  const last = devices.count - 1
  const indexOf = (number: number): number => {
    const index = number - devices.numberOf(0)
    if (index < 0 || index > last) throw new AftershockError('internal', `there is no device d${number}`)
    return index
  }
  const find = (names: readonly string[]): (Station & { readonly index: number })[] =>
    names.map(name => {
      const index = stations.findIndex(({ gateway }) => gateway.name === name)
      const station = stations[index]
      if (!station) throw new AftershockError('internal', `there is no gateway ${name}`)
      return { ...station, index }
    })
  return {
    gateways: stations.map(({ gateway: { name, zone } }) => ({ name, zone })),
    async crash(names) {
      for (const { gateway, index } of find(names)) {
        if (!gateway.isUp) continue
        population.loseSessions(index, clock.now())
        gateway.crash('the gateway crashed')
      }
    },
    async restart(names) {
      for (const { gateway } of find(names)) gateway.restart()
    },
    async shut(names, reconnect) {
      for (const { door, index } of find(names)) {
        if (!door.isOpen) continue
        door.isOpen = false
        population.loseSessions(index, clock.now(), reconnect)
      }
    },
    async reopen(names) {
      for (const { door } of find(names)) door.isOpen = true
    },
    devices: { first: devices.numberOf(0), count: devices.count },
    async misbehave(tag, numbers, firmware) {
      population.install(tag, numbers.map(indexOf), firmware, clock.now())
    },
    async mend(tag) {
      population.remove(tag, clock.now())
    },
    async look(name) {
      return { establishedConnections: sockets.countEstablished(name, await establishedConnections()) }
    },
    async listen(names, forMs) {
      const written = new Map(names.map(name => [name, sockets.written(name)]))
      await clock.sleep(ACKNOWLEDGED_WITHIN_MS)
      const before = await ackedBytes()
      await clock.sleep(forMs)
      const after = await ackedBytes()
      return Object.fromEntries(
        find(names).map(({ gateway: { name }, index }) => {
          const [then, now] = [written.get(name), sockets.written(name)]
          return [
            name,
            {
              ...sockets.moved(name, before, after),
              requestsWithRecords: now.withRecords - (then?.withRecords ?? 0),
              otherBytes: now.otherBytes - (then?.otherBytes ?? 0),
              sessions: [...devices.devicesOf(index)].filter(device => devices.isConnected(device)).length,
            },
          ]
        }),
      )
    },
  }
}
