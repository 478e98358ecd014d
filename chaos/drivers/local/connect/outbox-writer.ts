import type { Clock } from '../../../core/clock.ts'
import type { SourceSpec } from '../../../core/connectors.ts'
import { DatabaseSession, OWNER, SINK_DATABASE } from '../database/database-session.ts'
import type { StartedLab } from '../lab/lab.ts'
import { outboxTable } from './source-configuration.ts'

const EVERY_MS = 100
const ANSWER_MS = 5000
const AGGREGATES = 20
/** How long a transaction that took its id early stays open. */
const HELD_MS = 700
/** A row in so many is written by such a transaction. */
const HELD_SHARE = 10

/**
 * An application beside the database, with two sessions: one writes some rows every tenth of a second and commits at
 * once; the other takes an id and commits when others with higher ids have long been committed.
 */
export class OutboxWriter {
  readonly #lab: Pick<StartedLab, 'layout' | 'clock'>
  readonly #source: SourceSpec
  readonly #stop = new AbortController()
  #done: Promise<unknown> = Promise.resolve()

  constructor(lab: Pick<StartedLab, 'layout' | 'clock'>, source: SourceSpec) {
    this.#lab = lab
    this.#source = source
  }

  start(): void {
    this.#done = Promise.all([this.#atOnce(), this.#late()])
  }

  /** Resolves when nothing is under way any more. @throws what the database said when it refused to take more. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#done
  }

  async #atOnce(): Promise<void> {
    const { clock } = this.#lab
    const share = (HELD_SHARE - 1) / HELD_SHARE
    const perMs = (this.#source.rowsPerSecond * share) / 1000
    const begin = clock.now()
    let written = 0
    await this.#writing(async session => {
      const due = Math.floor((clock.now() - begin) * perMs) - written
      if (due <= 0) return
      // Rows of one statement have one time of commit, as those of an application that writes several at once.
      const from = written
      const rows = Array.from({ length: due }, (_, index) => row('order', from + index))
      await session.query(`${this.#insert} ${rows.join(', ')}`, ANSWER_MS)
      written += due
    }, EVERY_MS)
  }

  async #late(): Promise<void> {
    const { clock } = this.#lab
    const { rowsPerSecond } = this.#source
    const rows = Math.max(1, Math.round((rowsPerSecond / HELD_SHARE) * (HELD_MS / 1000)))
    let written = 0
    await this.#writing(async session => {
      const from = written
      const values = Array.from({ length: rows }, (_, index) => row('invoice', from + index))
      await session.query(`BEGIN; ${this.#insert} ${values.join(', ')}`, ANSWER_MS)
      await sleep(clock, HELD_MS, this.#stop.signal)
      await session.query('COMMIT', ANSWER_MS)
      written += rows
    }, EVERY_MS)
  }

  get #insert(): string {
    return `INSERT INTO ${outboxTable(this.#source.name)} (aggregate, sequence) VALUES`
  }

  async #writing(write: (session: DatabaseSession) => Promise<void>, everyMs: number): Promise<void> {
    const { layout, clock } = this.#lab
    const session = new DatabaseSession(layout.databaseAddress, OWNER, SINK_DATABASE, clock)
    try {
      while (!this.#stop.signal.aborted) {
        await write(session)
        await sleep(clock, everyMs, this.#stop.signal)
      }
    } finally {
      session.close()
    }
  }
}

/** Of one of the aggregates in turn; each counts its own rows. */
const row = (kind: string, index: number): string =>
  `('${kind}-${index % AGGREGATES}', ${Math.floor(index / AGGREGATES)})`

const sleep = (clock: Clock, ms: number, signal: AbortSignal): Promise<void> =>
  clock.sleep(ms, signal).catch(() => {})
