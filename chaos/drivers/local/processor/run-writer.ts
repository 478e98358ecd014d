import { portions } from '../../../record/digested-lines.ts'
import type { ProcessorLine } from '../../../record/processor-evidence.ts'
import type { ProcessorSpec, WriterSpec } from '../../../core/processor.ts'
import { AftershockError, messageOf } from '../../../core/errors.ts'
import { waitFor } from '../../../core/wait.ts'
import { lagOf } from '../connect/sink-offsets.ts'
import { askOwner, endDatabase, startDatabase } from '../database/database-node.ts'
import type { Row } from '../database/database-session.ts'
import type { StartedLab } from '../lab/lab.ts'
import type { Postgres } from '../setup/postgres.ts'
import { type GroupView, writerView } from './group-view.ts'
import { CLAIMS_STATEMENT, REFUSALS_STATEMENT, WRITES_STATEMENT, writerStatements } from './writer-tables.ts'

const TABLES_MS = 10_000
const ROWS_MS = 60_000
/** A session that ends, and what a hung writer left. */
const DRAIN_DEADLINE_MS = 60_000

/** The database of a run's writers, and what they wrote there. */
export class RunWriter {
  readonly #lab: StartedLab
  readonly #database: Postgres
  readonly #spec: WriterSpec
  readonly #group: GroupView

  constructor(lab: StartedLab, spec: ProcessorSpec, writer: WriterSpec, database: Postgres) {
    this.#lab = lab
    this.#database = database
    this.#spec = writer
    this.#group = writerView(lab.layout, spec, lab.clock)
  }

  /** Before its writers. */
  async start(signal: AbortSignal): Promise<void> {
    await startDatabase(this.#lab, this.#database, signal)
    await askOwner(this.#lab, writerStatements(this.#spec), TABLES_MS)
  }

  /**
   * What was written, once the writers have committed everything or were given time.
   * @throws AftershockError `unavailable` when the brokers or the database do not tell.
   */
  async keep(signal: AbortSignal, progress: (line: string) => void): Promise<ProcessorLine[]> {
    const { clock } = this.#lab
    const isDone = async () => {
      const offsets = await this.#group.offsets()
      return offsets !== null && lagOf(offsets) === 0
    }
    const wait = { clock, deadlineMs: DRAIN_DEADLINE_MS, everyMs: 500, signal }
    await waitFor('the writers to commit every record', isDone, wait).catch(error => {
      signal.throwIfAborted()
      progress(messageOf(error))
    })
    const partitions = await this.#group.offsets()
    if (!partitions) throw new AftershockError('unavailable', 'no broker reported how far the writers came')
    const ask = (statement: string) => askOwner(this.#lab, statement, ROWS_MS)
    const numbers = (row: Row) => row.map(Number)
    const claims = (await ask(CLAIMS_STATEMENT)).map(numbers)
    const refusals = (await ask(REFUSALS_STATEMENT)).map(numbers)
    const writes = await ask(WRITES_STATEMENT)
    const lines: ProcessorLine[] = [
      {
        kind: 'writer',
        fencing: this.#spec.fencing,
        partitions,
        claims: claims.map(([arrival = 0, partition = 0, epoch = 0, node = 0]) => [
          arrival,
          partition,
          epoch,
          node,
        ]),
        refusals: refusals.map(([partition = 0, claimed = 0, newest = 0, node = 0, records = 0]) => [
          partition,
          claimed,
          newest,
          node,
          records,
        ]),
      },
    ]
    for (const part of portions(writes))
      lines.push({
        kind: 'writes',
        writes: part.map(([arrival, partition, offset, id, epoch, node]) => [
          Number(arrival),
          Number(partition),
          Number(offset),
          id ?? '',
          Number(epoch),
          Number(node),
        ]),
      })
    return lines
  }

  /** After its writers. */
  async end(): Promise<void> {
    await this.#group.end()
    await endDatabase(this.#lab)
  }
}
