import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { waitFor } from '../../chaos/core/wait.ts'
import { generateKey } from '../../chaos/seal/keys.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { type CalendarDay, makeEvidenceBucket, writeCalendar } from './day-runner.ts'
import { ENVIRONMENT } from './game-day-place.ts'
import { type Execution, type Ministack, type MinistackOptions, startMinistack } from './ministack.ts'
import { type Moto, type PythonTools, startMoto } from './moto.ts'

interface AccountOptions extends MinistackOptions {
  /** One that somebody else ends. @default one of its own */
  readonly moto?: Moto
  /** What this process and programs have in their environment of it. @default as the moto has it */
  readonly env?: NodeJS.ProcessEnv
}

/** The account that days begin in: a moto, and a ministack that carries out state machines; this process is of it. */
export class GameDayAccount implements AsyncDisposable {
  readonly moto: Moto
  readonly ministack: Ministack
  /** For programs. */
  readonly env: NodeJS.ProcessEnv
  readonly #restore: () => void
  readonly #isOwn: boolean

  private constructor(moto: Moto, ministack: Ministack, env: NodeJS.ProcessEnv, isOwn: boolean) {
    this.moto = moto
    this.ministack = ministack
    this.env = { ...env, AWS_ENDPOINT_URL_SFN: ministack.endpoint }
    this.#isOwn = isOwn
    const before = { ...process.env }
    Object.assign(process.env, env)
    this.#restore = () => {
      for (const key of Object.keys(env)) delete process.env[key]
      Object.assign(process.env, before)
    }
  }

  static async start(
    tools: PythonTools,
    { moto: given, env, ...options }: AccountOptions = {},
  ): Promise<GameDayAccount> {
    const moto = given ?? (await startMoto(tools, 'eu-west-1'))
    try {
      const ministack = await startMinistack(tools, moto, options)
      return new GameDayAccount(moto, ministack, env ?? moto.env, given === undefined)
    } catch (error) {
      if (!given) await moto[Symbol.asyncDispose]()
      throw error
    }
  }

  /** With a bucket for the evidence of days, and a key of noor, who may approve. @returns the file of the calendar */
  async calendar(days: readonly CalendarDay[]): Promise<string> {
    await makeEvidenceBucket(this.moto)
    mkdirSync(join(this.#folder, 'people'), { recursive: true })
    generateKey(this.keyOf('noor'))
    return writeCalendar(this.#folder, ENVIRONMENT, days)
  }

  keyOf(name: string): string {
    return join(this.#folder, 'people', name)
  }

  /** What people were told, as the subjects of their mails. */
  told(): string[] {
    const told = this.ministack.calls().filter(({ call }) => call === 'sns:publish')
    return told.map(({ parameters }) => String(parameters.Subject))
  }

  /** Resolves when the execution is over; what `lastSeen` says is told when it is not in time. */
  ended(execution: string, deadlineMs: number, lastSeen: () => string): Promise<Execution> {
    return waitFor(
      'the day to end',
      async () => {
        const now = await this.ministack.execution(execution)
        return now.status !== 'RUNNING' && now
      },
      { clock: systemClock, deadlineMs, everyMs: 250, lastSeen },
    )
  }

  get #folder(): string {
    return join(this.moto.dir, 'calendar')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#restore()
    await this.ministack[Symbol.asyncDispose]()
    if (this.#isOwn) await this.moto[Symbol.asyncDispose]()
  }
}
