import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import type { PlannedStack } from '../../../lib/deploy/assembly.ts'
import { compare, missingFrom, SKIPPED_KINDS, skippedKinds } from '../../local/deployed-resources.ts'
import type { CreatedResource } from '../../local/moto-inventory.ts'

describe('the comparison of a template with what was created', () => {
  const of = (logicalId: string, type: string) => ({
    stack: 'S',
    logicalId,
    type,
    properties: {},
    remains: 'nothing' as const,
  })
  const stack: PlannedStack = {
    name: 'S',
    region: 'eu-west-1',
    resources: [of('A', 'AWS::EC2::Volume'), of('B', 'AWS::EC2::Volume'), of('C', 'AWS::X::Y')],
  }
  const created = (logicalId: string, type: string, status = 'CREATE_COMPLETE'): CreatedResource => ({
    logicalId,
    type,
    status,
    physicalId: `id-${logicalId}`,
  })
  const A = created('A', 'AWS::EC2::Volume')
  const B = created('B', 'AWS::EC2::Volume')

  it('finds no difference in a kind of which it was written down that the endpoint does not know it', () => {
    assert.deepEqual(compare(stack, [A, B, created('', '')], new Set(['AWS::X::Y'])), [])
    assert.deepEqual([...skippedKinds(stack, [A, B])], ['AWS::X::Y'])
  })

  it('finds a kind of which nothing was created', () => {
    assert.deepEqual(compare(stack, [A, B]), ['S: AWS::X::Y C was not created'])
    assert.deepEqual(SKIPPED_KINDS, new Set())
  })

  it('finds a resource that is missing, unfinished, of another kind, or in no template', () => {
    const C = created('C', 'AWS::X::Y')
    assert.deepEqual(compare(stack, [A, C]), ['S: AWS::EC2::Volume B was not created'])
    assert.deepEqual(compare(stack, [A, C, created('B', 'AWS::EC2::Volume', 'CREATE_FAILED')]), [
      'S: AWS::EC2::Volume B is CREATE_FAILED',
    ])
    assert.deepEqual(compare(stack, [A, C, created('B', 'AWS::EC2::VPC')]), [
      'S: B is AWS::EC2::VPC, not AWS::EC2::Volume',
    ])
    assert.deepEqual(compare(stack, [A, B, C, created('D', 'AWS::EC2::VPC')]), [
      'S: AWS::EC2::VPC D is in no template',
    ])
  })

  it('finds a resource that CloudFormation lists and its service does not know', () => {
    const known = new Map([['AWS::EC2::Volume', new Set(['id-A'])]])
    assert.deepEqual(missingFrom(known, [A, B]), [B])
  })
})
