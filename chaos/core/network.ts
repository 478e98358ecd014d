import type { Listener, ZoneName } from './topology.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

/** `answered`: a reply came. `refused`: no connection. `silent`: a time-out. `reset`: the connection died. */
export type Outcome = 'answered' | 'refused' | 'silent' | 'reset'

/**
 * Where a client in `zone` must dial to reach `listener` of the node that advertises `host`: its host, or its name as
 * `nodeName` has it. @param port that it advertises, as far as it is known, for nodes that share a host
 */
export type Dial = (zone: ZoneName, host: string, listener: Listener, port?: number) => Address
