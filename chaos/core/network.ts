import type { Listener, ZoneName } from './topology.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

/** `answered`: a reply came. `refused`: no connection. `silent`: a time-out. `reset`: the connection died. */
export type Outcome = 'answered' | 'refused' | 'silent' | 'reset'

/** Where a client in `zone` must dial to reach `listener` of the node that advertises `host`. */
export type Dial = (zone: ZoneName, host: string, listener: Listener) => Address
