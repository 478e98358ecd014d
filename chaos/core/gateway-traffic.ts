/** What went from a gateway to its brokers in some time, and who it serves. */
export interface GatewayTraffic {
  /** By the kernel's table: open connections to brokers. */
  readonly connections: number
  /** By the kernel's counters: what brokers acknowledged on those. */
  readonly bytes: number
  /** Bytes of requests that have no records, as they were written to the sockets meanwhile or shortly before. */
  readonly otherBytes: number
  /** Requests that have records, or cannot be read. */
  readonly requestsWithRecords: number
  /** Devices that have a session with it at the end. */
  readonly sessions: number
}
