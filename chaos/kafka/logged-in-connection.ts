import type { Clock } from '../core/clock.ts'
import type { Address } from '../core/network.ts'
import { type BrokerLogin, openBrokerSocket } from './broker-login.ts'
import { LoginRefused, logIn } from './log-in.ts'
import { ProbeConnection, ProbeFailure } from './probe-connection.ts'

/**
 * One that logs in before its first question. A broker that refuses the login has not answered: for whoever asks, the
 * connection died.
 */
export class LoggedInConnection extends ProbeConnection {
  readonly #login: BrokerLogin | null
  #isIn: Promise<void> | null = null

  /** @param broker as it advertises itself, which its certificate must be for */
  constructor(address: Address, broker: string, login: BrokerLogin | null) {
    super(address, openBrokerSocket(address, broker, login))
    this.#login = login
  }

  override prepare(timeoutMs: number, clock: Clock): Promise<void> {
    this.#isIn ??= this.#logIn(timeoutMs, clock)
    return this.#isIn
  }

  override async request(frame: Buffer, timeoutMs: number, clock: Clock): Promise<Buffer> {
    await this.prepare(timeoutMs, clock)
    return super.request(frame, timeoutMs, clock)
  }

  async #logIn(timeoutMs: number, clock: Clock): Promise<void> {
    if (!this.#login) return
    const ask = { request: (frame: Buffer) => super.request(frame, timeoutMs, clock) }
    try {
      await logIn(ask, this.#login, timeoutMs, clock)
    } catch (error) {
      this.close()
      if (!(error instanceof LoginRefused)) throw error
      const failure = new ProbeFailure('reset')
      failure.message = `refuses the login: ${error.message}`
      throw failure
    }
  }
}
