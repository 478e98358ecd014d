import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'mocha'
import { waitFor } from '../../chaos/core/wait.ts'
import { signalProcess } from '../../chaos/machine/process-table.ts'
import { generateKey } from '../../chaos/seal/keys.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { approvalParameter, dayGroup } from '../../lib/gamedays/names.ts'
import { approvalOf, DayRunner } from './day-runner.ts'
import { environmentFile } from './deployed-machines.ts'
import { GameDayAccount } from './game-day-account.ts'
import { ENVIRONMENT, type GameDayPlace, gameDayPlace } from './game-day-place.ts'
import type { Ministack } from './ministack.ts'
import { putParameter, putSecret } from './moto-node.ts'
import { run } from './run-program.ts'
import { type Moto, pythonTools } from './moto.ts'

/**
 * The runner of a day as the bootstrap script makes it, with the machines of the template by ministack; there are no
 * brokers, so that no drill goes through: `test/drills/aws-game-day.test.ts` has them.
 */
describe('the runner of a game day', function () {
  this.timeout(600_000)
  let account: GameDayAccount
  let moto: Moto
  let ministack: Ministack
  let place: GameDayPlace
  let calendar = ''
  let environment = ''
  let runner: DayRunner | undefined
  let number = 0

  before(async function () {
    const tools = pythonTools('moto_server', 'ministack', 'aws')
    if (typeof tools === 'string') {
      process.stderr.write(`the runner of a game day: skipped, because ${tools}\n`)
      this.skip()
    }
    account = await GameDayAccount.start(tools)
    moto = account.moto
    ministack = account.ministack
    await putSecret(moto, `aftershock/${ENVIRONMENT}/agent`, 'a-key-of-this-test-and-of-nothing-else')
    environment = join(moto.dir, `${ENVIRONMENT}.yaml`)
    writeFileSync(environment, environmentFile('plaintext'))
    calendar = await account.calendar([
      { id: 'approved', seconds: 6, approvers: ['noor'] },
      { id: 'free', seconds: 6 },
    ])
    generateKey(account.keyOf('stranger'))
    place = await gameDayPlace(moto, ministack, { heartbeatSeconds: 20, runSeconds: 600, bootSeconds: 180 })
  })
  afterEach(async () => {
    await runner?.[Symbol.asyncDispose]()
    runner = undefined
    ministack?.begin()
  })
  after(() => account?.[Symbol.asyncDispose]())

  /** Starts a day, and its runner once it is launched. */
  async function begun(day: string, approved: boolean): Promise<string> {
    const execution = await ministack.start(place.day, { day, approved })
    runner = await DayRunner.deploy(moto, `runner-${++number}`, environment, calendar)
    await waitFor('a runner to be launched', async () => (await place.runners()).length === 1, wait(60_000))
    runner.boot(account.env)
    return execution
  }

  const wait = (deadlineMs: number) => ({
    clock: systemClock,
    deadlineMs,
    everyMs: 200,
    lastSeen: () => runner?.output.slice(-3000) ?? '',
  })

  async function ended(execution: string, error: string): Promise<string> {
    const over = await account.ended(execution, 300_000, () => runner?.output.slice(-3000) ?? '')
    assert.equal(`${over.status} ${over.error}`, `FAILED ${error}`, `${over.cause}\n${runner?.output}`)
    assert.equal(await place.lock(), null)
    assert.deepEqual(await ministack.schedules(), [])
    assert.deepEqual(await place.runners(), [])
    assert.equal(account.told().at(-1), 'aftershock mine: healed')
    return over.cause ?? ''
  }

  it('is refused with 75 when nobody approved the day who may; healed, told and unlocked', async () => {
    const signed = await approvalOf(calendar, 'approved', 'noor', account.keyOf('stranger'))
    await putParameter(moto, approvalParameter(ENVIRONMENT, 'approved'), signed)
    const execution = await begun('approved', true)
    const cause = await ended(execution, 'Refused')
    assert.match(cause, /exit status 75: .*it is not signed with the key of noor/s)
  })

  it('goes on once somebody approved it by the command, and is on the list of its environment', async () => {
    const env = { ...account.env, AWS_ENDPOINT_URL_SCHEDULER: ministack.endpoint }
    const aftershock = (...args: string[]) =>
      run(process.execPath, [packageFile('bin', 'aftershock.mjs'), 'gameday', ...args], env)
    const inEnvironment = ['--environment', environment]
    await moto.json('ssm', 'AmazonSSM.DeleteParameters', {
      Names: [approvalParameter(ENVIRONMENT, 'approved')],
    })
    await ministack.scheduleGroup(dayGroup(ENVIRONMENT))
    const input = { day: 'approved', approved: true, owner: 'Dana', drill: 'drills/approved.yaml' }
    await ministack.schedule('approved', 'at(2999-01-14T09:00:00)', {
      arn: place.day,
      input,
      group: dayGroup(ENVIRONMENT),
    })
    const listed = await aftershock('list', ...inEnvironment)
    assert.equal(listed.status, 0, listed.stderr)
    assert.match(
      listed.stdout,
      /approved +2999-01-14 09:00 UTC +drills\/approved\.yaml +Dana +has to be approved/,
    )
    const planned = await aftershock('plan', '--calendar', calendar, ...inEnvironment)
    assert.match(planned.stdout, /approved: begins there at 2999-01-14 09:00 UTC, and not at /)
    assert.match(planned.stdout, /free: is not scheduled there/)

    const execution = await ministack.start(place.day, { day: 'approved', approved: true })
    await waitFor(
      'the day to wait for its approval',
      async () => ministack.calls().some(({ state }) => state === 'Wait for the approval'),
      wait(60_000),
    )
    assert.deepEqual(await place.runners(), [])
    const key = account.keyOf('noor')
    const out = join(moto.dir, 'approved.approval.json')
    const own = ['--as', 'noor', '--key', key, '--out', out, '--calendar', calendar]
    const signed = await aftershock('approve', 'approved', ...own, ...inEnvironment)
    assert.equal(signed.status, 0, signed.stderr)
    assert.match(signed.stdout, /approved waited for it, and goes on/)
    await waitFor('a runner to be launched', async () => (await place.runners()).length === 1, wait(60_000))
    runner = await DayRunner.deploy(moto, `runner-${++number}`, environment, calendar)
    runner.boot(env)
    // Approved, and so no longer refused: nobody answers there.
    await ministack.unschedule('approved', dayGroup(ENVIRONMENT))
    await ended(execution, 'Unavailable')
  })

  it('says that nobody answers where there is no agent; healed, told and unlocked', async () => {
    const cause = await ended(await begun('free', false), 'Unavailable')
    assert.match(cause, /exit status 69: /s)
  })

  it('is started again when it is killed, and says so at once', async () => {
    const execution = await begun('free', false)
    await waitFor('the drill to be begun', () => runner?.process('run') !== undefined, wait(120_000))
    const attends = runner?.process('attend')
    assert.ok(attends)
    signalProcess(attends, 'SIGKILL')
    assert.match(await ended(execution, 'RunnerRestarted'), /was started again/)
  })
})
