import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Match } from 'aws-cdk-lib/assertions'
import { describe, it } from 'mocha'
import { packageFile } from '../../chaos/package-root.ts'
import type { RemovalInput } from '../../lib/removal.ts'
import { matchesSnapshot } from './snapshot.ts'
import {
  changed,
  type EnvironmentName,
  flat,
  LOGINS,
  resourcesOf,
  shipped,
  statementsOf,
  templateOf,
} from './synthesized.ts'

describe('the removal of an expired environment', () => {
  it('begins when the last day of the environment is over, once', () => {
    const template = templateOf(changed('lab', { expires: '2027-02-28' }).expiry)
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'at(2027-03-01T00:00:00)',
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'OFF' },
    })
  })

  it('begins at another time when it is told one', () => {
    const made = changed('lab', {}, { removeAt: '2026-12-01T18:30:00' })
    templateOf(made.expiry).hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'at(2026-12-01T18:30:00)',
    })
  })

  for (const name of ['lab', 'automq'] as const)
    it(`takes every stack of ${name}, those first that need others, its own last, and never the evidence`, () => {
      const { stacks, evidence, expiry } = shipped(name)
      const { Target } = resourceOf(name, 'AWS::Scheduler::Schedule') as { Target: { Input: string } }
      const order = (JSON.parse(Target.Input) as RemovalInput).stacks.map(stack => stack.name)
      const all = stacks.map(({ stackName }) => stackName).filter(stack => stack !== evidence.stackName)
      // Those that are made when asked for go too: what is not there is passed over.
      const askedFor = [`Aftershock-${name}-Chaos`, `Aftershock-${name}-GameDays`]
      assert.deepEqual([...order, expiry.stackName].toSorted(), [...all, ...askedFor].toSorted())
      for (const stack of stacks.filter(({ stackName }) => order.includes(stackName)))
        for (const needed of stack.dependencies.filter(({ stackName }) => order.includes(stackName)))
          assert.ok(
            order.indexOf(stack.stackName) < order.indexOf(needed.stackName),
            `${stack.stackName} needs ${needed.stackName}`,
          )
      const { DefinitionString } = resourceOf(name, 'AWS::StepFunctions::StateMachine')
      assert.match(String(DefinitionString), new RegExp(`"StackName":"${expiry.stackName}"`))
    })

  it('is made before anything that costs, so that what a failed deployment leaves is removed too', () => {
    const { network, expiry } = shipped('kafka')
    assert.ok(network.dependencies.includes(expiry))
  })

  it('may delete the stacks of its environment and do nothing else', () => {
    const template = templateOf(shipped('lab').expiry)
    template.resourceCountIs('AWS::IAM::Policy', 2)
    const arn = (stack: string) => ({
      'Fn::Join': ['', [Match.anyValue(), { Ref: 'AWS::AccountId' }, `:stack/Aftershock-lab-${stack}/*`]],
    })
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [
          {
            Action: ['cloudformation:DeleteStack', 'cloudformation:DescribeStacks'],
            Effect: 'Allow',
            Resource: ['Chaos', 'Cluster', 'Expiry', 'GameDays', 'Network', 'Observability', 'Simulator'].map(
              arn,
            ),
          },
        ],
      },
    })
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [{ Action: 'states:StartExecution', Resource: { Ref: 'Removal' } }],
      },
    })
    template.allResourcesProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [{ Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } } }],
      },
    })
  })

  it('removes the certificates that deploying made, and those alone', () => {
    const { expiry, cluster } = shipped('kafka')
    const told = [...JSON.stringify(resourcesOf(cluster)).matchAll(/TLS_SECRET='([^']+)'/g)].map(
      ([, at]) => at,
    )
    assert.equal(told.length, 6)
    const { Target } = resourceOf('kafka', 'AWS::Scheduler::Schedule') as { Target: { Input: string } }
    const { secrets } = JSON.parse(Target.Input) as RemovalInput
    assert.deepEqual(secrets.map(({ name }) => name).toSorted(byName), told.toSorted(byName))
    const may = (action: string) =>
      statementsOf(expiry)
        .filter(({ Action }) => [Action].flat().includes(action))
        .flatMap(({ Resource }) => Resource)
        .map(arn => flat(arn).replace(/^.*?:(secret:|parameter)/, '$1'))
    assert.deepEqual(
      may('secretsmanager:DeleteSecret').toSorted(),
      told.map(name => `secret:${name}*`).toSorted(),
    )
    assert.deepEqual(may('ssm:DeleteParameters'), ['parameter/aftershock/kafka/tls/authority'])
  })

  it('leaves certificates that somebody brought', () => {
    const { expiry } = changed('kafka', LOGINS)
    const text = JSON.stringify(resourcesOf(expiry))
    assert.doesNotMatch(text, /DeleteSecret|DeleteParameters|mine\/tls/)
  })

  it('is under a boundary of its own, which holds all that its roles do', () => {
    const context = {
      '@aws-cdk/core:permissionsBoundary': { name: 'aftershock-boundary' },
      'aftershock:expiryBoundary': 'aftershock-expiry-boundary',
    }
    const { Statement: allowed } = JSON.parse(
      readFileSync(packageFile('lib', 'assets', 'expiry-boundary.json'), 'utf8'),
    ) as { Statement: { Action: string | string[] }[] }
    const within = allowed.flatMap(({ Action }) => Action)
    for (const name of ['kafka', 'lab'] as const) {
      const { expiry } = changed(name, {}, {}, context)
      const roles = Object.values(resourcesOf(expiry, 'AWS::IAM::Role'))
      assert.equal(roles.length, 2)
      for (const { Properties } of roles)
        assert.match(flat(Properties.PermissionsBoundary), /:policy\/aftershock-expiry-boundary$/)
      const actions = statementsOf(expiry).flatMap(({ Action }) => Action)
      assert.deepEqual(
        actions.filter(action => !within.includes(action)),
        [],
      )
    }
  })

  it('is refused under the boundary of nodes, where it would remove nothing', () => {
    const context = { '@aws-cdk/core:permissionsBoundary': { name: 'aftershock-boundary' } }
    assert.throws(
      () => changed('lab', {}, {}, context),
      /no aftershock:expiryBoundary.*not be removed when it expires/s,
    )
  })

  it('is as it was', () => matchesSnapshot('expiry-stack', templateOf(shipped('lab').expiry)))

  function resourceOf(name: EnvironmentName, type: string): Readonly<Record<string, unknown>> {
    const found = Object.values(resourcesOf(shipped(name).expiry)).find(({ Type }) => Type === type)
    assert.ok(found, type)
    return found.Properties
  }
})

const byName = (a = '', b = ''): number => a.localeCompare(b)
