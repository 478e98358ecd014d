import type { Inventory } from './inventory.ts'

/** What is asked of an account, and the few calls that change it. Each ends by itself. */
export interface Account {
  readonly region: string
  /** The account that these credentials are of. @throws AftershockError `unavailable` without credentials that work */
  caller(): Promise<string>
  inventory(environment: string): Promise<Inventory>
  /** null: there is no such parameter. */
  parameter(name: string): Promise<string | null>
  /** Of Secrets Manager; null: there is none of that name. */
  secret(name: string): Promise<string | null>
  /** Of CloudWatch, metric alarms and composite ones; what is not there is left out. At most 100. */
  alarms(names: readonly string[]): Promise<readonly AlarmSeen[]>
  /** What became of a document on a machine; null: nothing is known of it yet. */
  invocation(command: string, machine: string): Promise<Invocation | null>
  readonly change: Changes
}

export interface AlarmSeen {
  readonly name: string
  /** `OK`, `ALARM`, `INSUFFICIENT_DATA`. */
  readonly state: string
  /** Why, as CloudWatch says it. */
  readonly reason: string
}

export interface Invocation {
  /** Systems Manager's: `Pending`, `InProgress`, `Success`, `Failed`, `TimedOut`, … */
  readonly status: string
  /** The end of what it printed. */
  readonly output: string
}

/** May each be repeated, but `associate`: its id is another one afterwards. */
export interface Changes {
  stop(machines: readonly string[]): Promise<void>
  start(machines: readonly string[]): Promise<void>
  reboot(machines: readonly string[]): Promise<void>
  /** Puts the subnet of this association under another network ACL. @throws StaleAssociation */
  associate(association: string, acl: string): Promise<void>
  routeToStore(
    endpoint: string,
    tables: { readonly add?: readonly string[]; readonly remove?: readonly string[] },
  ): Promise<void>
  suspend(group: string, processes: readonly string[]): Promise<void>
  resume(group: string, processes: readonly string[]): Promise<void>
  /** False where there is one already; nothing is written then. */
  createParameter(name: string, value: string): Promise<boolean>
  /** Whatever is there. */
  writeParameter(name: string, value: string): Promise<void>
  /** Has a document of ours done on a machine. @returns the id of the command */
  runDocument(
    document: string,
    machine: string,
    parameters: Readonly<Record<string, string>>,
    withinMs: number,
  ): Promise<string>
  /** Nothing is done where there is none. */
  deleteParameter(name: string): Promise<void>
}

/** The association was replaced meanwhile: by somebody else, or by a call of ours whose answer was lost. */
export class StaleAssociation extends Error {
  override readonly name = 'StaleAssociation'
}
