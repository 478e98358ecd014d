import assert from 'node:assert/strict'
import { App, Duration, Stack } from 'aws-cdk-lib'
import { describe, it } from 'mocha'
import {
  Action,
  Experiment,
  type ExperimentProps,
  Selection,
  StopCondition,
  Target,
} from '../../lib/fis/index.ts'
import { anyAction } from './every-action.ts'
import { templateOf } from './synthesized.ts'

const ALARM = 'arn:aws:cloudwatch:eu-west-1:123456789012:alarm:stop'
const stack = () => new Stack(new App(), 'Chaos', { env: { region: 'eu-west-1', account: '123456789012' } })

const brokers = Target.byTags({
  name: 'brokers',
  type: 'aws:ec2:instance',
  tags: { 'chaos-ready': 'true', environment: 'lab' },
  filters: [{ path: 'Placement.AvailabilityZone', values: ['eu-west-1a'] }],
})
const stop = Action.of('aws:ec2:stop-instances', {
  name: 'stop',
  target: brokers,
  parameters: { startInstancesAfterDuration: Duration.minutes(5) },
})
const GOOD: ExperimentProps = {
  description: 'The machines of one zone stop, and the others go on',
  actions: [stop],
  stopConditions: [StopCondition.alarm({ alarmArn: ALARM })],
}

/** What synthesis says of it; nothing when it is good. */
function complaints(change: Partial<ExperimentProps>): string {
  const made = stack()
  new Experiment(made, 'One', { ...GOOD, ...change })
  try {
    templateOf(made)
    return ''
  } catch (error) {
    return String(error)
  }
}

describe('an experiment of FIS', function () {
  this.timeout(60_000)

  describe('says at synthesis', () => {
    const wait = (name: string, after: readonly Action[] = []) =>
      Action.of('aws:fis:wait', { name, parameters: { duration: Duration.minutes(1) }, after })
    const stopFor = (time: Duration) =>
      Action.of('aws:ec2:stop-instances', {
        name: 'stop',
        target: brokers,
        parameters: { startInstancesAfterDuration: time },
      })
    const targeting = (target: Target<'aws:ec2:instance'>) => [
      Action.of('aws:ec2:reboot-instances', { name: 'a', target }),
    ]
    const tagged = { name: 'x', type: 'aws:ec2:instance', tags: { a: 'b' } } as const
    const volumes = (parameters: Record<string, string>) => [
      Action.of('aws:ebs:pause-volume-io', {
        name: 'pause',
        target: Target.byTags({ name: 'v', type: 'aws:ec2:ebs-volume', tags: { a: 'b' }, parameters }),
        parameters: { duration: Duration.seconds(5) },
      }),
    ]
    const condition = StopCondition.alarm({ alarmArn: ALARM })
    const cases: readonly (readonly [string, Partial<ExperimentProps>, RegExp, Partial<ExperimentProps>])[] =
      [
        [
          'that a time is too short',
          { actions: [stopFor(Duration.seconds(30))] },
          /action stop: startInstancesAfterDuration is PT30S: expected a duration from PT1M to PT12H/,
          { actions: [stopFor(Duration.minutes(1))] },
        ],
        [
          'that it has no actions, or too many',
          { actions: [] },
          /it has 0 actions: expected 1 to 20/,
          { actions: [wait('a')] },
        ],
        [
          'that too many actions begin at once',
          { actions: Array.from({ length: 11 }, (_, index) => wait(`w${index}`)) },
          /11 actions begin at once: expected at most 10; let some begin `after` others/,
          { actions: Array.from({ length: 10 }, (_, index) => wait(`w${index}`)) },
        ],
        [
          'that an action begins after one that is not there',
          { actions: [wait('a', [wait('b')])] },
          /action a: it begins after 'b', which is no action of this experiment/,
          { actions: [wait('b'), wait('a', [wait('b')])] },
        ],
        [
          'that two actions have one name',
          { actions: [wait('a'), wait('a')] },
          /two actions are called 'a'/,
          { actions: [wait('a'), wait('b')] },
        ],
        [
          'that there is no stop condition',
          { stopConditions: [] },
          /it has no stop condition: expected alarms, or StopCondition.none\(\) when it is meant/,
          { stopConditions: [StopCondition.none()] },
        ],
        [
          'that there are six stop conditions',
          { stopConditions: Array.from({ length: 6 }, () => condition) },
          /it has 6 stop conditions: expected at most 5/,
          { stopConditions: Array.from({ length: 5 }, () => condition) },
        ],
        [
          'that none is said beside an alarm',
          { stopConditions: [condition, StopCondition.none()] },
          /StopCondition.none\(\) stands beside alarms/,
          { stopConditions: [condition] },
        ],
        [
          'that a description is too long',
          { description: 'x'.repeat(513) },
          /its description has 513 characters: expected 1 to 512/,
          { description: 'x'.repeat(512) },
        ],
        [
          'that a name has a space in it',
          { actions: [wait('a b')] },
          /action a b: its name is 'a b': expected letters, digits and hyphens, at most 64/,
          { actions: [wait('a-b')] },
        ],
        [
          'that volumes of any zone are meant',
          { actions: volumes({}) },
          /target v: volumes of one target are in one zone: give the parameter availabilityZoneIdentifier/,
          { actions: volumes({ availabilityZoneIdentifier: 'eu-west-1a' }) },
        ],
        [
          'that a target has no tags',
          { actions: targeting(Target.byTags({ ...tagged, tags: {} })) },
          /target x: it has 0 tags: expected 1 to 50/,
          { actions: targeting(Target.byTags(tagged)) },
        ],
        [
          'that a target has six ARNs',
          {
            actions: targeting(
              Target.byArns({
                name: 'x',
                type: 'aws:ec2:instance',
                arns: Array.from({ length: 6 }, () => ALARM),
              }),
            ),
          },
          /target x: it has 6 ARNs: expected 1 to 5/,
          { actions: targeting(Target.byArns({ name: 'x', type: 'aws:ec2:instance', arns: [ALARM] })) },
        ],
        [
          'that a share of targets is no share',
          { actions: targeting(Target.byTags({ ...tagged, selection: Selection.percent(0) })) },
          /target x: the percentage is 0: expected a whole number from 1 to 100/,
          { actions: targeting(Target.byTags({ ...tagged, selection: Selection.percent(50) })) },
        ],
        [
          'that instances have no such parameter',
          { actions: targeting(Target.byTags({ ...tagged, parameters: { vpc: 'x' } })) },
          /target x: aws:ec2:instance has no parameter 'vpc': it has none/,
          { actions: targeting(Target.byTags({ ...tagged, parameters: {} })) },
        ],
        [
          'that nobody can say what a role needs',
          { actions: [anyAction('aws:lambda:invocation-error')] },
          /what aws:lambda:invocation-error needs cannot be worked out from a template: give the experiment a role/,
          { actions: [anyAction('aws:rds:failover-db-cluster')] },
        ],
      ]
    for (const [what, wrong, expected, right] of cases)
      it(what, () => {
        assert.match(complaints(wrong), expected)
        assert.equal(complaints(right), '')
      })

    it('everything that is wrong at once', () => {
      const said = complaints({ description: '', stopConditions: [] })
      assert.match(said, /0 characters/)
      assert.match(said, /no stop condition/)
    })

    it('what of it depends on something else that was given', () => {
      const subnets = Target.byTags({ name: 's', type: 'aws:ec2:subnet', tags: { a: 'b' } })
      const cut = (prefixListIdentifier?: string) =>
        Action.of('aws:network:disrupt-connectivity', {
          name: 'cut',
          target: subnets,
          parameters: {
            scope: 'prefix-list',
            duration: Duration.minutes(1),
            ...(prefixListIdentifier !== undefined && { prefixListIdentifier }),
          },
        })
      assert.match(complaints({ actions: [cut()] }), /scope prefix-list needs a prefixListIdentifier/)
      assert.equal(complaints({ actions: [cut('pl-1')] }), '')
    })
  })

  it('does not compile with a parameter that the action lacks, without one that it needs, or on another type', () => {
    const parameters = { duration: Duration.minutes(1) }
    // @ts-expect-error It has no such parameter.
    const more = Action.of('aws:fis:wait', { name: 'a', parameters: { ...parameters, scope: 'all' } })
    // @ts-expect-error It needs a scope.
    const less = Action.of('aws:network:disrupt-connectivity', { name: 'b', target: brokers, parameters })
    // @ts-expect-error It takes none.
    const none = Action.of('aws:fis:wait', { name: 'c', target: brokers, parameters })
    // @ts-expect-error There is no such action.
    assert.throws(() => Action.of('aws:ec2:explode', { name: 'd' }))
    // For programs without types, the same is said when it is synthesized.
    const said = [more, less, none].flatMap(({ problems }) => problems)
    assert.deepEqual(said, [
      "aws:fis:wait has no parameter 'scope': it has duration",
      'scope is missing: expected one of all, availability-zone, dynamodb, prefix-list, s3, s3express, vpc',
      'its target is aws:ec2:instance: expected one of type aws:ec2:subnet',
      'aws:fis:wait takes no target',
    ])
  })
})
