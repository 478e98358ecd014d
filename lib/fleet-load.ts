import type { EnvironmentConfig } from './environment-schema.ts'

/**
 * How many times the fleet that the file describes. At once its load, what a platform costs is what it costs to be there;
 * at fifty times, what each byte costs decides. Records are what a simulated device's process can send only so many of, and
 * bytes are what a broker has to carry: so it grows by shards first, and then by what a device's record of telemetry holds.
 */
export const LOADS = {
  1: { shards: 1, telemetryBytes: 200 },
  10: { shards: 10, telemetryBytes: 200 },
  50: { shards: 10, telemetryBytes: 1180 },
} as const
export type Load = keyof typeof LOADS

/** What a record of telemetry has around its payload, as a broker stores it without compression. */
export const RECORD_OVERHEAD_BYTES = 16

export interface FleetLoad {
  readonly shardsPerZone: number
  readonly devicesPerShard: number
  /** The payload. */
  readonly telemetryBytes: number
}

/** The fleet as it is deployed. */
export function fleetLoad({ fleet, workload }: EnvironmentConfig): FleetLoad {
  const { shards, telemetryBytes } = LOADS[workload.load]
  return {
    shardsPerZone: fleet.shardsPerZone * shards,
    devicesPerShard: fleet.devicesPerShard,
    telemetryBytes,
  }
}
