import { resolve } from 'node:path'
import type { Command } from 'commander'
import { AftershockError } from '../core/errors.ts'
import { awsAccount } from '../drivers/index.ts'
import { attendDay } from '../gameday/attend/attend-day.ts'
import { dayOn } from '../gameday/attend/carry-out-day.ts'
import { parseTask } from '../gameday/attend/day-task.ts'
import { stepFunctionsAnswers } from '../gameday/attend/task-answers.ts'
import { systemClock } from '../system-clock.ts'
import { interruption } from './interruption.ts'
import type { Io } from './io.ts'

const DAY_MS = 86_400_000

export function registerAttend(gameday: Command, io: Io): void {
  gameday
    .command('attend', { hidden: true })
    .description(
      'what the runner of a deployed calendar does: takes the task of its machine, and runs the drill',
    )
    .action(async () => attend(io))
}

/** All that it needs is in its environment, as lib/assets/README.md has it. */
async function attend(io: Io): Promise<void> {
  const { env } = io
  const region = setting(env, 'AWS_REGION')
  const parameter = setting(env, 'TASK_PARAMETER')
  const approvals = setting(env, 'APPROVALS_PATH')
  const lockedDays = Number(setting(env, 'SEALED_DAYS'))
  if (!(lockedDays > 0))
    throw new AftershockError('usage', `SEALED_DAYS is '${env.SEALED_DAYS}'`, { hint: 'a number of days' })
  using account = await awsAccount(region, systemClock)
  const on = dayOn({
    folder: resolve(io.cwd, setting(env, 'DAYS_DIR')),
    daysFile: resolve(io.cwd, setting(env, 'GAME_DAYS_FILE')),
    evidence: setting(env, 'EVIDENCE_URI'),
    lockedMs: lockedDays * DAY_MS,
    program: [process.execPath, ...process.execArgv, process.argv[1] ?? ''],
    clock: systemClock,
    approval: day => account.parameter(`${approvals}/${day}`),
    write: text => io.stderr.write(text),
  })
  using answers = await stepFunctionsAnswers(region)
  using stop = interruption('The machine of the day heals.', io.stderr)
  await attendDay({
    ...on,
    clock: systemClock,
    signal: stop.signal,
    answers,
    async task() {
      const text = await account.parameter(parameter)
      return text === null ? null : parseTask(text, parameter)
    },
    progress: line => void io.stderr.write(`${line}\n`),
  })
}

/** @throws AftershockError `usage` for one that is missing */
function setting(env: Io['env'], name: string): string {
  const value = env[name]
  if (value) return value
  throw new AftershockError('usage', `${name} is not set`, {
    hint: 'gameday attend is for the runner of a deployed calendar; its node.env has it',
  })
}
