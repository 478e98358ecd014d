import assert from 'node:assert/strict'
import { AutoScalingClient, UpdateAutoScalingGroupCommand } from '@aws-sdk/client-auto-scaling'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'mocha'
import { waitFor } from '../../chaos/core/wait.ts'
import { signalProcess } from '../../chaos/machine/process-table.ts'
import { packageFile } from '../../chaos/package-root.ts'
import { systemClock } from '../../chaos/system-clock.ts'
import { approvalParameter } from '../../lib/gamedays/names.ts'
import { approvalOf, DayRunner, EVIDENCE } from '../local/day-runner.ts'
import { DeployedLab } from '../local/deployed-lab.ts'
import { GameDayAccount } from '../local/game-day-account.ts'
import { ENVIRONMENT, type GameDayPlace, gameDayPlace, nameOf } from '../local/game-day-place.ts'
import type { Execution, Ministack } from '../local/ministack.ts'
import { clientOf } from '../local/moto-network.ts'
import { putParameter } from '../local/moto-node.ts'
import { pythonTools } from '../local/moto.ts'
import { journalOf } from '../local/program.ts'
import { run } from '../local/run-program.ts'
import { noSystemd } from '../local/systemd-machine.ts'
import { noNamespaces } from '../local/zone-network.ts'

const PROGRAM = packageFile('bin', 'aftershock.mjs')
const HEARTBEAT_SECONDS = 20

/**
 * A day from its schedule to its unlocked environment: the machines of the template by ministack, the account by moto,
 * three brokers under a systemd each in zones that are namespaces, and the runner's own program, brought by the bootstrap
 * script. Nothing but the runner's machine is stood for.
 */
describe('a game day that begins by itself', function () {
  this.timeout(900_000)
  let lab: DeployedLab
  let account: GameDayAccount
  let ministack: Ministack
  let place: GameDayPlace
  let calendar = ''
  let runner: DayRunner | undefined
  let number = 0

  before(async function () {
    const tools = pythonTools('moto_server', 'ministack', 'aws')
    const missing = typeof tools === 'string' ? tools : (noSystemd() ?? noNamespaces())
    if (typeof tools === 'string' || missing !== null) {
      process.stderr.write(`a game day that begins by itself: skipped, because ${missing}\n`)
      this.skip()
    }
    lab = await DeployedLab.start(tools, 'kafka')
    const { moto, env } = lab
    account = await GameDayAccount.start(tools, { moto, env, ssm: env.AWS_ENDPOINT_URL_SSM, waits: true })
    ministack = account.ministack
    // A machine that nobody stands for.
    const groups = new AutoScalingClient(clientOf(lab.moto))
    await groups.send(
      new UpdateAutoScalingGroupCommand({
        AutoScalingGroupName: lab.network.group,
        MinSize: 0,
        DesiredCapacity: 0,
      }),
    )
    groups.destroy()
    place = await gameDayPlace(lab.moto, ministack, {
      network: lab.network,
      heartbeatSeconds: HEARTBEAT_SECONDS,
      runSeconds: 900,
      bootSeconds: 180,
      everySeconds: 2,
      graceSeconds: 20,
      tries: 60,
    })
    calendar = await account.calendar([
      { id: 'short', seconds: 6, approvers: ['noor'] },
      { id: 'long', seconds: 60 },
    ])
  })
  afterEach(async () => {
    await runner?.[Symbol.asyncDispose]()
    runner = undefined
    ministack?.begin()
  })
  after(async () => {
    await account?.[Symbol.asyncDispose]()
    await lab?.[Symbol.asyncDispose]()
  })

  const env = () => ({ ...account.env, AWS_ENDPOINT_URL_STS: lab.moto.endpoint })
  const aftershock = (...args: string[]) => run(process.execPath, [PROGRAM, ...args], env())
  const wait = (deadlineMs: number, everyMs = 100) => ({
    clock: systemClock,
    deadlineMs,
    everyMs,
    lastSeen: () => runner?.output.slice(-3000) ?? '',
  })

  /** Boots the runner as soon as the machine of the day has launched it. */
  async function launched(): Promise<DayRunner> {
    const made = await DayRunner.deploy(lab.moto, `runner-${++number}`, lab.file, calendar)
    runner = made
    await waitFor(
      'a runner to be launched',
      async () => (await place.runners()).length === 1,
      wait(60_000, 200),
    )
    made.boot(env())
    return made
  }

  const runFolder = (made: DayRunner, execution: string): string => {
    const out = join(made.folder, nameOf(execution), 'gamedays')
    const [name = ''] = readdirSync(out)
    return join(out, name, 'run')
  }

  /** A day whose broker is stopped, and proven so. */
  async function stopped(): Promise<{ readonly made: DayRunner; readonly execution: string }> {
    const execution = await ministack.start(place.day, { day: 'long', approved: false })
    const made = await launched()
    const isProven = () => {
      try {
        return journalOf(runFolder(made, execution)).some(({ kind }) => kind === 'fault.proven')
      } catch {
        return false
      }
    }
    await waitFor('the fault to be proven', isProven, wait(180_000))
    return { made, execution }
  }

  const ended = (execution: string): Promise<Execution> =>
    account.ended(execution, 400_000, () => runner?.output.slice(-3000) ?? '')

  async function isOver(): Promise<void> {
    assert.deepEqual(await place.damage(), [])
    assert.equal(await place.lock(), null)
    assert.deepEqual(await ministack.schedules(), [])
    assert.deepEqual(await place.runners(), [])
    for (const index of [0, 1, 2]) {
      const look = await lab.agent(index).look()
      assert.deepEqual([look.state, look.faults], ['running', []], `kafka-${index + 1}`)
    }
    assert.deepEqual(account.told(), ['aftershock mine: healed'])
  }

  it('goes from its schedule through lock, drill, seal and store to unlock', async () => {
    await putParameter(
      lab.moto,
      approvalParameter(ENVIRONMENT, 'short'),
      await approvalOf(calendar, 'short', 'noor', account.keyOf('noor')),
    )
    const at = new Date(systemClock.wallMs() + 2000).toISOString().slice(0, 19)
    await ministack.schedule('day', `at(${at})`, {
      arn: place.day,
      input: { day: 'short', approved: true },
    })
    const execution = await waitFor(
      'the schedule to start the day',
      async () => (await ministack.executions(place.day))[0],
      wait(60_000, 200),
    )
    await launched()
    const { status, cause, output } = await ended(execution)
    assert.equal(status, 'SUCCEEDED', `${cause}\n${runner?.output.slice(-4000)}`)
    const outcome = JSON.parse(output ?? '') as { error: string; cause: string }
    const said = JSON.parse(outcome.cause) as { status: number; verdict: string; evidence: string }
    assert.deepEqual([outcome.error, said.status, said.verdict], ['none', 0, 'pass'])
    assert.match(said.evidence, new RegExp(`^s3://${EVIDENCE}/mine/runs/[^/]+-short/run/$`))
    const verified = await aftershock('verify', said.evidence, '--json')
    assert.equal(verified.status, 0, verified.stderr)
    assert.match(verified.stdout, /S3 keeps all \d+ files in compliance/)
    assert.deepEqual(lab.done.slice(0, 2), ['stop kafka-2', 'start kafka-2'])
    await isOver()
  })

  it('is aborted by an alarm within seconds, healed, and sealed and stored as such', async () => {
    const { made, execution } = await stopped()
    await lab.alarm('az-a', 'ALARM')
    const { status, cause, output } = await ended(execution)
    await lab.alarm('az-a', 'OK')
    assert.equal(status, 'SUCCEEDED', cause)
    const outcome = JSON.parse(output ?? '') as { error: string; cause: string }
    const said = JSON.parse(outcome.cause) as { verdict: string; evidence: string }
    assert.deepEqual([outcome.error, said.verdict], ['Verdict', 'inconclusive'])
    const lines = journalOf(runFolder(made, execution))
    const abort = lines.find(line => line.kind === 'abort')
    assert.match(abort?.why ?? '', /alarms: aftershock-mine-stop-az-a is ALARM/)
    assert.ok(lines.some(line => line.kind === 'fault.heal-proven'))
    assert.ok(lines.some(line => line.kind === 'run.finished' && line.outcome === 'aborted'))
    assert.equal((await aftershock('verify', said.evidence)).status, 0)
    await isOver()
  })

  it('is healed, told and unlocked when its drill is killed while a broker is stopped', async () => {
    const { made, execution } = await stopped()
    const drill = made.process('run')
    assert.ok(drill)
    signalProcess(drill, 'SIGKILL')
    const { status, error, cause } = await ended(execution)
    assert.equal(`${status} ${error}`, 'FAILED RunDied', cause)
    assert.match(String(cause), /SIGKILL/)
    await isOver()
  })

  it('is healed, told and unlocked when who attends it is killed, and the drill ends with it', async () => {
    const { made, execution } = await stopped()
    const [attends, drill] = [made.process('attend'), made.process('run')]
    assert.ok(attends && drill)
    signalProcess(attends, 'SIGKILL')
    const { status, error, cause } = await ended(execution)
    assert.equal(`${status} ${error}`, 'FAILED RunnerRestarted', cause)
    await waitFor('the drill to be gone', () => made.process('run') === undefined, wait(60_000))
    assert.ok(
      journalOf(runFolder(made, execution)).some(
        line => line.kind === 'run.finished' && line.outcome === 'interrupted',
      ),
    )
    await isOver()
  })

  it('is healed, told and unlocked without signs of life, and what runs on breaks and claims nothing', async () => {
    const { made, execution } = await stopped()
    const attends = made.process('attend')
    assert.ok(attends)
    signalProcess(attends, 'SIGSTOP')
    const { status, error } = await ended(execution)
    assert.equal(`${status} ${error}`, 'FAILED States.HeartbeatTimeout')
    await isOver()
    await waitFor('the drill to end by itself', () => made.process('run') === undefined, wait(120_000))
    const lines = journalOf(runFolder(made, execution))
    const [over] = lines.flatMap(line => (line.kind === 'run.finished' ? [line] : []))
    assert.notEqual(over?.outcome, 'completed')
    assert.match(JSON.stringify(lines), /lock: held by/)
    signalProcess(attends, 'SIGCONT')
    await waitFor(
      'who attends it to hear that nobody waits any more',
      () => made.output.includes('nobody waits for'),
      wait(60_000),
    )
  })
})
