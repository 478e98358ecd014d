import assert from 'node:assert/strict'
import type { Stack } from 'aws-cdk-lib'
import { describe, it } from 'mocha'
import { changed, ENVIRONMENTS, flat, prerequisites, resourcesOf, shipped } from './synthesized.ts'

const CONDITION = 'AWS::CloudFormation::WaitCondition'
const HANDLE = 'AWS::CloudFormation::WaitConditionHandle'
const MACHINES = ['AWS::EC2::Instance', 'AWS::AutoScaling::AutoScalingGroup'] as const

describe('what CloudFormation waits for', function () {
  this.timeout(60_000)

  const machinesOf = (stack: Stack | null) => MACHINES.flatMap(type => Object.keys(resourcesOf(stack, type)))
  const conditionsOf = (stack: Stack | null, kind: string) =>
    Object.keys(resourcesOf(stack, CONDITION)).filter(id => new RegExp(`Signals${kind}[0-9a-f]{8}`).test(id))

  const ids = (made: { readonly cluster: Stack }) => Object.keys(resourcesOf(made.cluster, HANDLE)).toSorted()

  it('is that each machine serves, for every machine of every stack', () => {
    for (const name of ENVIRONMENTS) {
      const { cluster, connect, simulator } = shipped(name)
      for (const stack of [cluster, simulator, ...(connect ? [connect] : [])]) {
        const machines = machinesOf(stack)
        const waited = conditionsOf(stack, 'Serves').flatMap(condition =>
          (resourcesOf(stack)[condition]?.DependsOn ?? []).filter(id => machines.includes(id)),
        )
        assert.deepEqual(waited.toSorted(), machines.toSorted(), stack.stackName)
      }
    }
  })

  it('has a handle of its own for each, which its node finds in its parameter before it boots', () => {
    const { cluster } = shipped('kafka')
    const handles = Object.values(resourcesOf(cluster, CONDITION)).map(
      ({ Properties }) => (Properties.Handle as { Ref: string }).Ref,
    )
    assert.deepEqual(handles.toSorted(), Object.keys(resourcesOf(cluster, HANDLE)).toSorted())
    const parameters = Object.entries(resourcesOf(cluster, 'AWS::SSM::Parameter')).filter(
      ([, { Properties }]) => flat(Properties.Name).endsWith('/signals'),
    )
    assert.equal(parameters.length, 6)
    for (const [id, { Properties }] of parameters) {
      const [, next, serves] = /^next <(\S+)>\nserves <(\S+)>\n$/.exec(flat(Properties.Value)) ?? []
      assert.ok(handles.includes(next ?? '') && handles.includes(serves ?? '') && next !== serves)
      const readers = machinesOf(cluster).filter(machine => prerequisites(cluster, machine).has(id))
      assert.ok(readers.length > 0, `${id} is there before its machine`)
    }
  })

  it('lets a slot change only when the slot before says that it may, and a group when the one before serves', () => {
    for (const name of ['kafka', 'automq'] as const) {
      const { cluster } = shipped(name)
      const gates = [...conditionsOf(cluster, 'Next'), ...conditionsOf(cluster, 'Serves')]
      const before = machinesOf(cluster).map(
        machine => gates.filter(id => prerequisites(cluster, machine).has(id)).length,
      )
      // Controllers and brokers of Kafka wait for `Next` of those before; brokers of AutoMQ for `Serves`.
      assert.deepEqual(
        before.toSorted((a, b) => a - b),
        [...before.keys()],
        name,
      )
    }
  })

  it('never waits in the creation of a quorum for a slot that serves: it cannot without the others', () => {
    const { cluster } = shipped('kafka')
    for (const machine of Object.keys(resourcesOf(cluster, 'AWS::EC2::Instance')))
      for (const id of conditionsOf(cluster, 'Serves'))
        assert.ok(!prerequisites(cluster, machine).has(id), `${machine} waits for ${id}`)
  })

  it('is asked again, with new handles, when a machine becomes another, and not for a configuration', () => {
    const before = ids(shipped('kafka'))
    assert.deepEqual(ids(changed('kafka', { timeouts: 'tuned', expires: '2030-01-01' })), before)
    const larger = ids(
      changed('kafka', {
        brokers: { perZone: 1, instanceType: 'm7g.xlarge' },
        controllers: { instanceType: 'm7g.large' },
      }),
    )
    assert.equal(larger.length, before.length)
    assert.deepEqual(
      larger.filter(id => before.includes(id)),
      [],
    )
  })

  it('is asked again of a pinned image too, which every launch template then names, with its packages', () => {
    const image = { arm64: 'ami-0123456789abcdef0', release: '2023.9.20251117' }
    const pinned = changed('lab', { image })
    assert.notDeepEqual(ids(pinned), ids(shipped('lab')))
    for (const stack of [pinned.cluster, pinned.simulator]) {
      const templates = Object.values(resourcesOf(stack, 'AWS::EC2::LaunchTemplate'))
      for (const { Properties } of templates)
        assert.equal((Properties.LaunchTemplateData as { ImageId: string }).ImageId, image.arm64)
      const settings = Object.values(resourcesOf(stack, 'AWS::SSM::Parameter')).filter(({ Properties }) =>
        flat(Properties.Name).endsWith('/node.env'),
      )
      for (const { Properties } of settings)
        assert.match(flat(Properties.Value), /^PACKAGE_RELEASE='2023\.9\.20251117'$/m)
    }
  })

  it('is nothing of an absent slot', () => {
    const { cluster } = changed('kafka', {}, { absent: ['kafka-2'] })
    assert.equal(Object.keys(resourcesOf(cluster, CONDITION)).length, 10)
  })

  it('comes after every name of the cluster: a name that was asked for too early is missing for minutes', () => {
    for (const name of ['kafka', 'automq'] as const) {
      const { cluster } = shipped(name)
      for (const machine of machinesOf(cluster))
        for (const record of Object.keys(resourcesOf(cluster, 'AWS::Route53::RecordSet')))
          assert.ok(prerequisites(cluster, machine).has(record), `${machine} does not wait for ${record}`)
    }
  })
})
