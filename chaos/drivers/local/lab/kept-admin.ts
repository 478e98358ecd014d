import type { Admin } from 'kafkajs'
import type { Clock } from '../../../core/clock.ts'
import { within } from '../../../core/wait.ts'
import { endAdmin } from '../../../kafka/admin.ts'
import { labAdmin } from './lab-admin.ts'
import type { LabLayout } from './lab-layout.ts'

const ASK_MS = 2500

/** Asks the brokers again and again, over one connection for as long as that answers. */
export class KeptAdmin {
  readonly #layout: LabLayout
  readonly #clock: Clock
  #admin: Admin | null = null
  #turn: Promise<unknown> = Promise.resolve()

  constructor(layout: LabLayout, clock: Clock) {
    this.#layout = layout
    this.#clock = clock
  }

  /**
   * null when no broker answered in time. Who asks while another does waits for his turn.
   * @param topics that are asked about: kafkajs knows no broker until it has metadata
   */
  ask<T>(topics: readonly string[], work: (admin: Admin) => Promise<T>): Promise<T | null> {
    const answer = this.#turn.then(async () => {
      try {
        const asked = this.#connected(topics).then(work)
        return await within('the brokers to answer', asked, { clock: this.#clock, deadlineMs: ASK_MS })
      } catch {
        await this.end()
        return null
      }
    })
    this.#turn = answer
    return answer
  }

  async #connected(topics: readonly string[]): Promise<Admin> {
    if (this.#admin) return this.#admin
    const admin = labAdmin(this.#layout)
    this.#admin = admin
    await admin.connect()
    await admin.fetchTopicMetadata({ topics: [...topics] })
    return admin
  }

  async end(): Promise<void> {
    const admin = this.#admin
    this.#admin = null
    if (admin) await endAdmin(admin, this.#clock)
  }
}
