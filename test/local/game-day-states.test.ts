import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import { waitFor } from '../../chaos/core/wait.ts'
import { AwsHands } from '../../chaos/drivers/aws/hands.ts'
import { sdkAccount } from '../../chaos/drivers/aws/sdk-account.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { healingStates } from '../../lib/gamedays/healing-states.ts'
import { deadManGroup } from '../../lib/gamedays/names.ts'
import { nodeDocument } from '../../lib/node-document.ts'
import { oneOf } from '../../lib/gamedays/states-language.ts'
import { GameDayAccount } from './game-day-account.ts'
import { ENVIRONMENT, type GameDayPlace, gameDayPlace, nameOf } from './game-day-place.ts'
import { type Ministack, startMinistack } from './ministack.ts'
import { type Moto, pythonTools, type PythonTools } from './moto.ts'
import { putParameter } from './moto-node.ts'
import { ssmStandIn } from './ssm-stand-in.ts'

const INPUT = { day: '2027-01-zone', approved: false }
const VERDICT = { status: 0, verdict: 'pass', evidence: 's3://evidence/mine/runs/r/' }

/** The state machines of a game day, carried out by ministack against moto's EC2; the runner is played by the test. */
describe('the state machines of a game day', function () {
  this.timeout(300_000)
  let account: GameDayAccount
  let moto: Moto
  let ministack: Ministack
  let place: GameDayPlace

  before(async function () {
    const tools = pythonTools('moto_server', 'ministack')
    if (typeof tools === 'string') {
      process.stderr.write(`state machines of a game day: skipped, because ${tools}\n`)
      this.skip()
    }
    account = await GameDayAccount.start(tools)
    moto = account.moto
    ministack = account.ministack
  })
  beforeEach(async () => {
    place = await gameDayPlace(moto, ministack)
    ministack.begin()
  })
  afterEach(async () => {
    await ministack?.reset()
    await moto?.reset()
  })
  after(() => account?.[Symbol.asyncDispose]())

  async function breakAll(): Promise<void> {
    using asked = await sdkAccount('eu-west-1', systemClock)
    const permit = async () => {}
    const hands = new AwsHands({ account: asked, environment: ENVIRONMENT, clock: systemClock, permit })
    await hands.cutZone('az-b', 'cut')
    await hands.cutStore('az-c')
    await hands.stopMachines(['kafka-2', 'fleet-az-a-1'])
    assert.equal((await place.damage()).length, 6)
  }

  const success = (taskToken: string, output: object) =>
    ministack.states('SendTaskSuccess', { taskToken, output: JSON.stringify(output) })
  const told = () => account.told()

  /** The runner is there, and has its task. */
  async function untilRun(execution: string): Promise<string> {
    await success((await place.task(execution, 'ready')).token, {})
    return (await place.task(execution, 'run')).token
  }

  async function isOver(): Promise<void> {
    assert.deepEqual(await place.damage(), [])
    assert.equal(await place.lock(), null)
    assert.deepEqual(await ministack.schedules(), [])
    assert.deepEqual(await place.runners(), [])
  }

  it('lock, look, launch a runner, wait for it, heal, tell, unlock and end the runner', async () => {
    const execution = await ministack.start(place.day, INPUT)
    const token = await untilRun(execution)
    assert.match(String(await place.lock()), new RegExp(`"run":"${nameOf(execution)}"`))
    assert.deepEqual(await ministack.schedules(), [`heal-${nameOf(execution)}`])
    assert.equal((await place.runners()).length, 1)
    await success(token, VERDICT)
    const ended = await ministack.ended(execution)
    assert.equal(ended.status, 'SUCCEEDED', ended.cause)
    assert.deepEqual(JSON.parse((JSON.parse(ended.output ?? '') as { cause: string }).cause), VERDICT)
    await isOver()
    assert.deepEqual(told(), ['aftershock mine: healed'])
  })

  it('heal all that is broken when the runner gives no sign of life', async () => {
    await ministack.reset()
    await moto.reset()
    place = await gameDayPlace(moto, ministack, { heartbeatSeconds: 2 })
    const execution = await ministack.start(place.day, INPUT)
    const { token: ready } = await place.task(execution, 'ready')
    await breakAll()
    await success(ready, {})
    const { token } = await place.task(execution, 'run')
    await ministack.states('SendTaskHeartbeat', { taskToken: token })
    const ended = await ministack.ended(execution)
    assert.equal(`${ended.status} ${ended.error}`, 'FAILED States.HeartbeatTimeout')
    await isOver()
    assert.deepEqual(told(), ['aftershock mine: healed'])
    await assert.rejects(ministack.states('SendTaskHeartbeat', { taskToken: token }), /TaskDoesNotExist/)
  })

  it('let a run go on as long as it gives signs of life', async () => {
    await ministack.reset()
    await moto.reset()
    place = await gameDayPlace(moto, ministack, { heartbeatSeconds: 2 })
    const execution = await ministack.start(place.day, INPUT)
    const token = await untilRun(execution)
    const since = systemClock.now()
    await waitFor(
      'twice as long as a heartbeat may be away',
      async () => {
        await ministack.states('SendTaskHeartbeat', { taskToken: token })
        return systemClock.now() - since > 4000
      },
      { clock: systemClock, deadlineMs: 60_000, everyMs: 200 },
    )
    assert.equal((await ministack.execution(execution)).status, 'RUNNING')
    await success(token, { ...VERDICT, status: 1, verdict: 'fail' })
    const ended = await ministack.ended(execution)
    assert.match(String(ended.output), /"error":\s*"Verdict"/)
    await isOver()
  })

  it('heal by the dead man alone, once the machine of the day is gone with its runner', async () => {
    await ministack.reset()
    await moto.reset()
    place = await gameDayPlace(moto, ministack, {
      bootSeconds: 4,
      runSeconds: 1,
      marginSeconds: 0,
      heartbeatSeconds: 100,
    })
    await breakAll()
    const execution = await ministack.start(place.day, INPUT)
    await place.task(execution, 'ready')
    await ministack.states('StopExecution', { executionArn: execution })
    await waitFor('the dead man to have healed', async () => (await place.lock()) === null, {
      clock: systemClock,
      deadlineMs: 60_000,
      everyMs: 200,
    })
    await isOver()
    assert.deepEqual(told(), ['aftershock mine: healed'])
  })

  it('heal once, when two heal at the same time', async () => {
    const input = { run: 'r', day: 'd', why: 'twice', ended: true }
    await putParameter(moto, '/aftershock/mine/chaos/lock', '{"run":"r","host":"h","pid":1,"at":"now"}')
    await breakAll()
    const both = await Promise.all([1, 2].map(() => ministack.start(place.healing, input)))
    for (const one of both) {
      const ended = await ministack.ended(one)
      assert.equal(ended.status, 'SUCCEEDED', ended.cause)
    }
    await isOver()
    const again = await ministack.ended(await ministack.start(place.healing, input))
    assert.equal(again.status, 'SUCCEEDED', again.cause)
    await isOver()
  })

  it('leave what another run has broken, who has the environment by now', async () => {
    const lock = '{"run":"theirs","host":"h","pid":1,"at":"now"}'
    await putParameter(moto, '/aftershock/mine/chaos/lock', lock)
    await breakAll()
    const input = { run: 'r', day: 'd', why: 'late', ended: false }
    const ended = await ministack.ended(await ministack.start(place.healing, input))
    assert.match(String(ended.output), /another run has the environment/)
    assert.equal((await place.damage()).length, 6)
    assert.equal(await place.lock(), lock)
  })

  it('refuse the second of two days with 75, and leave the first alone', async () => {
    const first = await ministack.start(place.day, INPUT)
    const token = await untilRun(first)
    const second = await ministack.ended(await ministack.start(place.day, INPUT))
    assert.match(
      `${second.error} ${second.cause}`,
      /^Refused exit status 75: lock: held by |^Refused exit status 75: lock: /,
    )
    assert.match(String(second.cause), new RegExp(nameOf(first)))
    assert.deepEqual(told(), ['aftershock mine: a game day is refused'])
    assert.equal((await place.runners()).length, 1)
    await success(token, VERDICT)
    assert.equal((await ministack.ended(first)).status, 'SUCCEEDED')
    await isOver()
  })

  for (const [what, prepare, reason] of [
    ['the switch is off', () => putParameter(moto, '/aftershock/mine/chaos/switch', 'off'), /switch/],
    [
      'an alarm is in ALARM',
      () => place.setAlarm('aftershock-mine-stop-az-b', 'ALARM'),
      /alarms: aftershock-mine-stop-az-b not OK/,
    ],
    [
      'an alarm has no data',
      () => place.setAlarm('aftershock-mine-stop-az-a', 'INSUFFICIENT_DATA'),
      /alarms: aftershock-mine-stop-az-a not OK/,
    ],
    [
      'an alarm is not there',
      () =>
        moto.query('monitoring', '2010-08-01', 'DeleteAlarms', {
          'AlarmNames.member.1': 'aftershock-mine-stop-az-a',
        }),
      /alarms: aftershock-mine-stop-az-a not OK/,
    ],
  ] as const)
    it(`begin nothing when ${what}, and unlock`, async () => {
      await prepare()
      const ended = await ministack.ended(await ministack.start(place.day, INPUT))
      assert.match(`${ended.error} ${ended.cause}`, /^Refused .*exit status 75/)
      assert.match(String(ended.cause), reason)
      assert.ok(!ministack.calls().some(({ call }) => call === 'ec2:runInstances'))
      await isOver()
    })

  it('wait for an approval where one is wanted, and go on once it is there', async () => {
    const execution = await ministack.start(place.day, { ...INPUT, approved: true })
    const token = await waitFor(
      'the day to wait for its approval',
      async () => {
        using asked = await sdkAccount('eu-west-1', systemClock)
        return (await asked.parameter(`/aftershock/mine/game-days/waiting/${INPUT.day}`)) ?? false
      },
      { clock: systemClock, deadlineMs: 60_000, everyMs: 100 },
    )
    assert.deepEqual(await place.runners(), [])
    await success(token, {})
    await success(await untilRun(execution), VERDICT)
    assert.equal((await ministack.ended(execution)).status, 'SUCCEEDED')
    await isOver()
  })

  it('end in healing, telling and unlocking, whichever state fails', async () => {
    const states = [
      'Switch',
      'Alarms',
      'Experiments',
      'Arm a dead man',
      'Launch a runner',
      'Wait for the runner',
      'Run the drill',
    ]
    for (const state of states) {
      ministack.begin([state])
      const execution = await ministack.start(place.day, INPUT)
      if (state === 'Run the drill') await success((await place.task(execution, 'ready')).token, {})
      const ended = await ministack.ended(execution)
      assert.match(String(ended.cause), new RegExp(`It stopped at ${state}`), state)
      assert.deepEqual(told(), ['aftershock mine: healed'], state)
      await isOver()
    }
  })

  it('keep the lock and say so, whichever state of the healing fails that something hangs on', async () => {
    const needed: readonly string[] = [
      'Look at templates',
      'Look at networks',
      'Look at routes',
      'Look at the way to S3',
      'Look at machines',
      'Look at groups',
      'Put subnets back',
      'Give ways back',
      'Have nodes heal',
      'What nodes say',
      'Start machines',
      'Have groups go on',
    ]
    const input = { run: 'r', day: 'd', why: 'it fails', ended: true }
    const lock = '{"run":"r","host":"h","pid":1,"at":"now"}'
    for (const state of needed) {
      await putParameter(moto, '/aftershock/mine/chaos/lock', lock)
      await breakAll()
      ministack.begin([state, oneOf(state)])
      const failed = await ministack.ended(await ministack.start(place.healing, input))
      assert.equal(failed.error, 'Unhealed', `${state}: ${failed.cause}`)
      assert.deepEqual(told(), ['aftershock mine: NOT HEALED'], state)
      assert.match(String(await place.lock()), /"run":"r:healing"/, state)
      ministack.begin()
      const again = await ministack.ended(await ministack.start(place.healing, input))
      assert.equal(again.status, 'SUCCEEDED', again.cause)
      await isOver()
    }
  })

  it('ask nodes once, and wait for all of them to have said what came of it', async () => {
    let answers: (() => void)[] = []
    const ssm = await ssmStandIn(
      moto,
      { 'aftershock-mine-node': nodeDocument() },
      () => new Promise(resolve => answers.push(() => resolve(''))),
      () => true,
      { answer: () => null },
      () => ['one', 'two', 'three', 'four', 'five', 'six'],
    )
    try {
      await using other = await startMinistack(pythonTools('moto_server', 'ministack') as PythonTools, moto, {
        ssm: ssm.url,
      })
      await other.scheduleGroup(deadManGroup(ENVIRONMENT))
      const machine = await other.create('slow', healingStates({ ...place.healingOptions, tries: 2000 }))
      const execution = await other.start(machine, { run: 'r', day: 'd', why: 'it is slow', ended: true })
      const looks = () => other.calls().filter(({ state }) => state === 'What nodes say').length
      await waitFor('a healing that waits', () => looks() > 5, { clock: systemClock, deadlineMs: 60_000 })
      for (const answer of answers) answer()
      answers = []
      assert.equal((await other.ended(execution)).status, 'SUCCEEDED')
      assert.equal(other.calls().filter(({ state }) => state === 'Have nodes heal').length, 1)
    } finally {
      await ssm[Symbol.asyncDispose]()
    }
  })
})
