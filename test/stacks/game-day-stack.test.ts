import assert from 'node:assert/strict'
import type { Stack } from 'aws-cdk-lib'
import { readFileSync } from 'node:fs'
import { describe, it } from 'mocha'
import { packageFile } from '../../chaos/package-root.ts'
import { HEALING_SUFFIX, lockParameter, switchParameter } from '../../lib/gamedays/names.ts'
import { SUSPENDED } from '../../lib/gamedays/healing-looks.ts'
import { expressionOf } from '../../lib/gamedays/schedule.ts'
import { lockName, switchName } from '../../chaos/drivers/aws/chaos-lock.ts'
import { GAME_DAYS, withGameDays } from './game-days.ts'
import { matchesSnapshot } from './snapshot.ts'
import {
  changed,
  flat,
  parameterText,
  resourcesOf,
  shipped,
  statementsOf,
  templateOf,
} from './synthesized.ts'

interface State {
  readonly Type: string
  readonly Next?: string
  readonly Default?: string
  readonly End?: true
  readonly Choices?: readonly { readonly Next: string }[]
  readonly Catch?: readonly { readonly ErrorEquals: readonly string[]; readonly Next: string }[]
  readonly Resource?: string
  readonly Arguments?: Readonly<Record<string, unknown>>
  readonly HeartbeatSeconds?: number
  readonly TimeoutSeconds?: number
  readonly ItemProcessor?: { readonly States: Readonly<Record<string, State>> }
}

const made = withGameDays()
const machine = (id: string) => {
  const found = Object.entries(resourcesOf(made.gameDays, 'AWS::StepFunctions::StateMachine')).find(
    ([name]) => name.startsWith(id),
  )
  assert.ok(found, id)
  return JSON.parse(flat(found[1].Properties.DefinitionString)) as {
    readonly StartAt: string
    readonly States: Readonly<Record<string, State>>
  }
}
const following = ({ Next, Default, Choices = [], Catch = [] }: State): string[] => [
  ...[Next, Default].filter(one => one !== undefined),
  ...[...Choices, ...Catch].map(one => one.Next),
]

describe('the stack of game days', function () {
  this.timeout(60_000)

  it('is not there, and costs nothing, where no calendar is named', () => {
    assert.equal(shipped('kafka').gameDays, null)
  })

  it('starts each day by a schedule that is exact, not made up for later, and has a place for what failed', () => {
    const schedules = Object.values(resourcesOf(made.gameDays, 'AWS::Scheduler::Schedule'))
    assert.deepEqual(
      schedules.map(({ Properties }) => [
        Properties.ScheduleExpression,
        Properties.ScheduleExpressionTimezone,
        Properties.StartDate,
      ]),
      [
        ['at(2027-01-14T09:00:00)', 'UTC', undefined],
        ['cron(30 9 ? * 3#2 *)', 'Europe/Berlin', '2027-02-09T08:30:00.000Z'],
      ],
    )
    for (const { Properties } of schedules) {
      assert.deepEqual(Properties.FlexibleTimeWindow, { Mode: 'OFF' })
      const { RetryPolicy, DeadLetterConfig } = Properties.Target as Record<string, object>
      assert.deepEqual(RetryPolicy, { MaximumEventAgeInSeconds: 600, MaximumRetryAttempts: 10 })
      assert.ok(DeadLetterConfig)
    }
  })

  it('says weeks and months by the clocks of their place', () => {
    const at = '2027-07-29T21:30:00Z'
    const said = (every: 'week' | 'month', timeZone: string) =>
      expressionOf({ at, repeats: { every, timeZone } }).scheduleExpression
    assert.equal(said('week', 'UTC'), 'cron(30 21 ? * THU *)')
    assert.equal(said('week', 'Asia/Tokyo'), 'cron(30 6 ? * FRI *)')
    // The fifth Thursday: every month has a fourth one.
    assert.equal(said('month', 'UTC'), 'cron(30 21 ? * 5#4 *)')
  })

  it('has the lock and the switch of the driver, and suspends nothing else than it', () => {
    assert.equal(lockParameter('kafka'), lockName('kafka'))
    assert.equal(switchParameter('kafka'), switchName('kafka'))
    assert.deepEqual([...SUSPENDED], ['HealthCheck', 'ReplaceUnhealthy', 'Launch', 'AZRebalance'])
    assert.match(JSON.stringify(machine('Healing')), new RegExp(`${HEALING_SUFFIX}\\\\"`))
  })

  it('has states that all exist, with names that no two have', () => {
    for (const id of ['Day', 'Healing']) {
      const { States, StartAt } = machine(id)
      const inner = Object.values(States).flatMap(({ ItemProcessor }) =>
        Object.keys(ItemProcessor?.States ?? {}),
      )
      const names = [...Object.keys(States), ...inner]
      assert.equal(new Set(names).size, names.length)
      for (const name of [StartAt, ...Object.values(States).flatMap(following)])
        assert.ok(name in States, `${id}: ${name}`)
    }
  })

  it('ends every way from a locked environment in healing', () => {
    const { States } = machine('Day')
    const before = ['Begin', 'Lock', 'Who has it?', 'Is it ours?', 'Tell of the refusal', 'Refused']
    const after = ['What became of it?', 'Over', 'Failed', 'Tell that healing failed', 'Unhealed']
    for (const [name, state] of Object.entries(States)) {
      if (state.Type === 'Task')
        assert.deepEqual(
          state.Catch?.map(({ ErrorEquals }) => ErrorEquals),
          [['States.ALL']],
          name,
        )
      if (before.includes(name) || after.includes(name) || name === 'Heal') continue
      for (const next of following(state)) assert.ok(!after.includes(next) && next !== 'Refused', name)
      assert.equal(state.End, undefined, name)
    }
  })

  it('has its dead man armed before the runner is there, and the runner watched', () => {
    const { States } = machine('Day')
    const order = ['Arm a dead man']
    while (order.length < 5) order.push(States[order.at(-1) as string]?.Next as string)
    assert.deepEqual(order, [
      'Arm a dead man',
      'Launch a runner',
      'Wait for the runner',
      'Run the drill',
      'Heal',
    ])
    assert.equal(States['Arm a dead man']?.Arguments?.ActionAfterCompletion, 'DELETE')
    assert.equal(States['Run the drill']?.HeartbeatSeconds, 120)
    assert.equal(States['Run the drill']?.TimeoutSeconds, 900)
  })

  it('heals by rights that start, route and put back, and break nothing', () => {
    const statements = statementsOf(made.gameDays).map(({ Action }) => [Action].flat())
    const healing = statements.filter(actions => actions.includes('ec2:StartInstances'))
    // The runner's, and healing's.
    assert.equal(healing.length, 2)
    const all = statements.flat()
    assert.ok(!all.some(action => action.endsWith('*')))
    assert.deepEqual(all.filter(action => /Delete|Terminate/.test(action)).toSorted(), [
      'ec2:TerminateInstances',
      'scheduler:DeleteSchedule',
      'ssm:DeleteParameter',
    ])
  })

  it('is refused without somebody who is told, an account, or a day', () => {
    const refused = (change: object, gameDays = GAME_DAYS) =>
      assert.throws(
        () => changed('kafka', change, { gameDays }),
        /notify: game days|account: drills|gamedays: no day/,
      )
    refused({ account: '123456789012' })
    refused({ notify: 'ops@example.org' })
    refused({ account: '123456789012', notify: 'ops@example.org' }, { ...GAME_DAYS, days: [] })
  })

  it('gives its runner the settings that it reads, and the days with their environment', () => {
    const text = parameterText(made.gameDays as Stack, '/aftershock/kafka/runner/runner/node.env')
    const settings = Object.fromEntries(
      [...text.matchAll(/^([A-Z0-9_]+)='(.*)'$/gm)].map(([, name, value]) => [name, value]),
    )
    const source = readFileSync(packageFile('chaos', 'commands', 'gameday-attend.ts'), 'utf8')
    const read = [...source.matchAll(/setting\(env, '(\w+)'\)/g)].map(([, name]) => name)
    assert.ok(read.length > 5)
    // The bootstrap script sets this one.
    for (const name of read) assert.ok(name === 'GAME_DAYS_FILE' || settings[name as string], name)
    assert.equal(settings.TASK_PARAMETER, '/aftershock/kafka/game-days/task')
    assert.equal(settings.APPROVALS_PATH, '/aftershock/kafka/game-days/approvals')
    assert.match(settings.EVIDENCE_URI ?? '', /\/kafka\/runs$/)
    assert.equal(settings.SEALED_DAYS, '365')
    // The longest run, and an hour.
    assert.equal(settings.LIFE_MINUTES, '75')
  })

  it('lets its runner log in as who may do everything, where brokers want a login and only there', () => {
    const reads = (secured: boolean) => {
      const change = {
        account: '123456789012',
        notify: 'ops@example.org',
        security: secured ? 'sasl-scram' : 'plaintext',
      } as const
      const { gameDays } = changed('kafka', change, { gameDays: GAME_DAYS })
      return JSON.stringify(statementsOf(gameDays)).includes('login/admin')
    }
    assert.deepEqual([reads(true), reads(false)], [true, false])
  })

  it('is as it was', () => matchesSnapshot('game-day-stack', templateOf(made.gameDays)))
})
