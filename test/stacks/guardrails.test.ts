import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import type { App } from 'aws-cdk-lib'
import { CfnVolume } from 'aws-cdk-lib/aws-ec2'
import { AwsSolutionsChecks } from 'cdk-nag'
import { describe, it } from 'mocha'
import { packageFile } from '../../chaos/package-root.ts'
import { MAX_PARAMETER_BYTES } from '../../lib/constructs/node-settings.ts'
import { drills } from './drills.ts'
import { withGameDays } from './game-days.ts'
import {
  changed,
  ENVIRONMENTS,
  flat,
  LOGINS,
  prerequisites,
  resourcesOf,
  shipped,
  type Statement,
  statementsOf,
  FLEET_IMAGE,
} from './synthesized.ts'

/** What holds for every stack of every environment. */
describe('every environment', function () {
  this.timeout(60_000)

  for (const name of ENVIRONMENTS)
    it(`has no finding of cdk-nag that nobody answered for (${name})`, () => {
      assert.deepEqual(findings(shipped(name).app), [])
    })

  it('has none either with Fargate, logins, flow logs and NAT', () => {
    const { fleet, network } = shipped('lab').config
    const { app } = changed('lab', {
      ...LOGINS,
      notify: 'ops@example.org',
      network: { ...network, flowLogs: true, nat: 'clients' },
      fleet: { ...fleet, host: 'fargate', image: FLEET_IMAGE },
    })
    assert.deepEqual(findings(app), [])
  })

  it('has none either with logins of instances, and of Connect', () => {
    for (const name of ['kafka', 'automq'] as const)
      assert.deepEqual(findings(changed(name, LOGINS).app), [], name)
  })

  it('has none either with experiments of FIS', async () => {
    const made = await drills('zone-cut', 'broker-stop', 'link-latency')
    assert.deepEqual(findings(changed('kafka', {}, { drills: made }).app), [])
  })

  it('has none either with game days that begin by themselves', () => {
    assert.deepEqual(findings(withGameDays().app), [])
  })

  it('has none either with audits in parts', () => {
    assert.deepEqual(findings(changed('kafka', { audit: { parts: 3 } }).app), [])
  })

  it('would be told of a finding', () => {
    const { app, cluster } = changed('lab', {})
    const volumes = cluster.node.findAll().filter(child => child instanceof CfnVolume)
    for (const volume of volumes) volume.encrypted = false
    assert.ok(findings(app).some(finding => finding.startsWith('AwsSolutions-EC26')))
  })

  it('tags what it makes with project, owner, cost centre, environment and expiry', () => {
    for (const name of ENVIRONMENTS) {
      const { stacks, evidence } = shipped(name)
      for (const stack of stacks) {
        const expected = ['project', 'owner', 'cost-center', 'environment']
        // Evidence outlives environments.
        if (stack !== evidence) expected.push('expires')
        for (const [id, { Type, Properties }] of Object.entries(resourcesOf(stack))) {
          if (Properties.Tags === undefined) continue
          const keys = tagKeys(Properties.Tags)
          if (Properties.Value === 'none') continue
          for (const key of expected)
            assert.ok(keys.includes(key), `${stack.stackName}/${id} (${Type}) has no tag ${key}`)
        }
      }
    }
  })

  it('tags root volumes with what never changes, and parameters with everything', () => {
    for (const name of ENVIRONMENTS)
      for (const stack of shipped(name).stacks) {
        for (const { Properties } of Object.values(resourcesOf(stack, 'AWS::EC2::LaunchTemplate'))) {
          const { TagSpecifications, Monitoring } = Properties.LaunchTemplateData as LaunchTemplateTags
          // Nothing reads what it would cost.
          assert.deepEqual(Monitoring, { Enabled: false })
          const tagged = TagSpecifications.map(({ ResourceType, Tags }) => [ResourceType, ...tagKeys(Tags)])
          assert.deepEqual(tagged, [
            ['instance', 'environment', 'Name', 'project'],
            ['volume', 'environment', 'Name', 'project'],
          ])
        }
        // Whose value a node writes must not be written again for a tag.
        for (const { Properties } of Object.values(resourcesOf(stack, 'AWS::SSM::Parameter'))) {
          const expected = flat(Properties.Name).includes('/addresses/') ? 2 : 5
          assert.equal(tagKeys(Properties.Tags).length, expected, flat(Properties.Name))
        }
      }
  })

  it('marks as fair game exactly what its stacks list as targets', () => {
    for (const name of ENVIRONMENTS) {
      const { stacks, chaosTargets } = shipped(name)
      const tagged = stacks.flatMap(stack =>
        Object.entries(resourcesOf(stack))
          .filter(([, { Properties }]) => JSON.stringify(Properties).includes('chaos-ready'))
          .map(([id, { Type }]) => `${stack.stackName}/${id} ${Type}`),
      )
      const listed = chaosTargets.map(target => `${target.stack}/${target.logicalId} ${target.resourceType}`)
      assert.deepEqual(tagged.toSorted(), listed.toSorted())
    }
  })

  it('has a target in every zone for brokers, fleet and subnets', () => {
    for (const name of ENVIRONMENTS)
      for (const role of ['broker', 'fleet-shard', 'subnet']) {
        const zones = shipped(name)
          .chaosTargets.filter(target => target.role === role)
          .map(({ zone }) => zone)
        assert.deepEqual([...new Set(zones)], ['az-a', 'az-b', 'az-c'], `${role} of ${name}`)
      }
  })

  it('keeps each parameter within what Systems Manager keeps', () => {
    // What stands for a name that only CloudFormation knows is counted as its longest: an S3 bucket's 63.
    const longest = (value: unknown) => flat(value).replaceAll(/<[^>]+>/g, 'x'.repeat(63)).length
    const withLogins = ENVIRONMENTS.map(name => changed(name, LOGINS))
    const routed = changed('automq', { ...LOGINS, zoneRouter: true })
    for (const made of [...ENVIRONMENTS.map(shipped), ...withLogins, routed])
      for (const stack of made.stacks)
        for (const { Properties } of Object.values(resourcesOf(stack, 'AWS::SSM::Parameter')))
          assert.ok(longest(Properties.Value) <= MAX_PARAMETER_BYTES, flat(Properties.Name))
  })

  it('boots from the asset bucket of its own account and from nowhere else', () => {
    const assets = /^s3:\/\/cdk-hnb659fds-assets-\$\{AWS::AccountId\}-eu-west-1\//
    for (const name of ENVIRONMENTS)
      for (const stack of shipped(name).stacks)
        for (const { Properties } of Object.values(resourcesOf(stack, 'AWS::SSM::Parameter'))) {
          const settings = flat(Properties.Value).matchAll(/^(BOOTSTRAP|DISTRIBUTION|PROGRAM)_URI='(.*)'$/gm)
          for (const [, , uri = ''] of settings) assert.match(uri, assets)
          const [, plugins = ''] = /^PLUGINS='(.+)'$/m.exec(flat(Properties.Value)) ?? []
          for (const word of plugins.split(' ').filter(Boolean))
            assert.match(word.replace(/^[^=]+=/, ''), assets)
        }
  })

  it('keeps nothing but evidence when its stacks are deleted', () => {
    for (const name of ENVIRONMENTS)
      for (const stack of shipped(name).stacks) {
        const kept = Object.values(resourcesOf(stack)).filter(
          // A snapshot is kept too. An attachment is not taken back, but ends with its instance.
          ({ Type, DeletionPolicy = 'Delete' }) =>
            DeletionPolicy !== 'Delete' && Type !== 'AWS::EC2::VolumeAttachment',
        )
        assert.equal(kept.length, stack === shipped(name).evidence ? 1 : 0, stack.stackName)
      }
  })

  it('takes no disk from a running node: the instance ends first, then its disk goes', () => {
    for (const name of ENVIRONMENTS) {
      const { cluster } = shipped(name)
      const attachments = Object.values(resourcesOf(cluster, 'AWS::EC2::VolumeAttachment'))
      assert.equal(attachments.length, Object.keys(resourcesOf(cluster, 'AWS::EC2::Instance')).length)
      for (const { DeletionPolicy, UpdateReplacePolicy, Properties } of attachments) {
        assert.deepEqual([DeletionPolicy, UpdateReplacePolicy], ['Retain', 'Retain'])
        const [instance = '', volume = ''] = ['InstanceId', 'VolumeId'].map(
          key => (Properties[key] as { Ref: string }).Ref,
        )
        assert.ok(prerequisites(cluster, instance).has(volume), `${instance} does not wait for ${volume}`)
      }
    }
  })

  it('changes the nodes of a cluster, and the workers of Connect, one after another', () => {
    for (const name of ENVIRONMENTS) {
      const { cluster, connect } = shipped(name)
      for (const stack of [cluster, ...(connect ? [connect] : [])]) {
        const machines = ['AWS::EC2::Instance', 'AWS::AutoScaling::AutoScalingGroup'].flatMap(type =>
          Object.keys(resourcesOf(stack, type)),
        )
        const before = (id: string) => machines.filter(other => prerequisites(stack, id).has(other)).length
        const places = machines.map(before).toSorted((a, b) => a - b)
        assert.deepEqual(places, [...machines.keys()], stack.stackName)
      }
    }
  })

  it('offers to terminate nothing that nobody would bring back', () => {
    for (const name of ENVIRONMENTS)
      for (const { resourceType, actions } of shipped(name).chaosTargets)
        assert.equal(
          actions.includes('ec2:terminate-instances'),
          resourceType === 'AWS::AutoScaling::AutoScalingGroup',
          resourceType,
        )
  })

  it('gives each slot and each group a role of its own, which reads its own parameters and writes its own log', () => {
    for (const name of ENVIRONMENTS) {
      const made = name === 'lab' ? shipped(name) : changed(name, LOGINS)
      for (const stack of [made.cluster, made.simulator, ...(made.connect ? [made.connect] : [])]) {
        const policies = Object.values(resourcesOf(stack, 'AWS::IAM::Policy'))
        const profiles = Object.keys(resourcesOf(stack, 'AWS::IAM::InstanceProfile'))
        assert.equal(policies.length, profiles.length)
        const own = policies.map(({ Properties }) => {
          assert.equal((Properties.Roles as unknown[]).length, 1)
          const { Statement: statements } = Properties.PolicyDocument as { Statement: readonly Statement[] }
          const of = (action: string) =>
            statements
              .filter(({ Action }) => [Action].flat().includes(action))
              .flatMap(({ Resource }) => Resource)
              .map(flat)
          const [parameters = ''] = of('ssm:GetParametersByPath')
          const [streams = ''] = of('logs:PutLogEvents')
          assert.match(parameters, new RegExp(`:parameter/aftershock/${name}/[a-z]+/[a-z0-9-]+/\\*$`))
          const [, writer = ''] = /:log-stream:([a-z0-9-]+)\/\*$/.exec(streams) ?? []
          assert.ok(parameters.endsWith(`/${writer.replace(/^connect-/, '')}/*`), `${parameters} ${streams}`)
          return writer
        })
        assert.equal(new Set(own).size, policies.length, stack.stackName)
      }
    }
  })

  it('has roles that do nothing beyond the boundary that is offered, and under it when that is asked for', () => {
    const { Statement: allowed } = JSON.parse(
      readFileSync(packageFile('lib', 'assets', 'permissions-boundary.json'), 'utf8'),
    ) as { Statement: { Effect: string; Action: string[] }[] }
    const within = allowed.flatMap(({ Action }) => Action)
    const matches = (action: string) =>
      within.some(one => (one.endsWith('*') ? action.startsWith(one.slice(0, -1)) : action === one))
    const context = {
      '@aws-cdk/core:permissionsBoundary': { name: 'aftershock-boundary' },
      'aftershock:expiryBoundary': 'aftershock-expiry-boundary',
    }
    for (const name of ENVIRONMENTS) {
      const { network, cluster, connect, simulator } = changed(name, {}, {}, context)
      for (const stack of [network, cluster, simulator, ...(connect ? [connect] : [])]) {
        const actions = statementsOf(stack).flatMap(({ Action }) => Action)
        assert.deepEqual(
          actions.filter(action => !matches(action)),
          [],
        )
        const roles = Object.values(resourcesOf(stack, 'AWS::IAM::Role'))
        for (const { Properties } of roles)
          assert.match(flat(Properties.PermissionsBoundary), /:policy\/aftershock-boundary$/)
      }
    }
  })

  it('has the same evidence stack, whichever environment is deployed', () => {
    const templates = ENVIRONMENTS.map(name => resourcesOf(shipped(name).evidence))
    for (const template of templates) assert.deepEqual(template, templates[0])
  })
})

interface LaunchTemplateTags {
  readonly Monitoring: unknown
  readonly TagSpecifications: readonly { readonly ResourceType: string; readonly Tags: unknown }[]
}

/** CloudFormation has tags as a list, or for some kinds as a map. */
function tagKeys(tags: unknown): string[] {
  return Array.isArray(tags)
    ? (tags as { Key: string }[]).map(tag => tag.Key)
    : Object.keys(tags as Readonly<Record<string, string>>)
}

function findings(app: App): string[] {
  app.synth()
  const { violations } = new AwsSolutionsChecks(app).validateScope(app)
  return violations.flatMap(({ ruleName, violatingResources }) =>
    violatingResources.map(resource => `${ruleName} ${resource.constructPath ?? ''}`),
  )
}
