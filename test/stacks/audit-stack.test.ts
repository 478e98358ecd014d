import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { auditStates } from '../../lib/audit-states.ts'
import { changed, flat, resourcesOf, shipped, statementsOf } from './synthesized.ts'

const made = changed('kafka', { audit: { parts: 3 } })
const one = (type: string) => {
  const [resource, ...more] = Object.values(resourcesOf(made.audit, type))
  assert.ok(resource && more.length === 0, type)
  return resource.Properties
}

describe('the stack of audits in parts', function () {
  this.timeout(60_000)

  it('is not there where the environment names no number of parts', () => {
    assert.equal(shipped('kafka').audit, null)
  })

  it('has a distributed map over as many parts, none of which may fail, and then one merge', () => {
    const machine = JSON.parse(flat(one('AWS::StepFunctions::StateMachine').DefinitionString)) as object
    const { Function: lambda = '' } = Object.fromEntries(
      Object.keys(resourcesOf(made.audit, 'AWS::Lambda::Function')).map(id => ['Function', `<${id}.Arn>`]),
    )
    const bucket = /s3:\/\/(\S+?)\/kafka\/audits/.exec(JSON.stringify(machine))?.[1] ?? ''
    assert.deepEqual(machine, auditStates({ lambda, to: `s3://${bucket}/kafka/audits`, parts: 3 }))
    const { States } = machine as { States: Record<string, Record<string, unknown>> }
    const map = States['Audit parts'] as {
      ItemProcessor: { ProcessorConfig: object }
      ToleratedFailureCount: number
    }
    assert.deepEqual(map.ItemProcessor.ProcessorConfig, { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' })
    assert.equal(map.ToleratedFailureCount, 0)
    assert.deepEqual(States['Divide']?.Parameters, {
      'run.$': '$.run',
      'to.$': `States.Format('s3://${bucket}/kafka/audits/{}', $$.Execution.Name)`,
      count: 3,
      parts: [0, 1, 2],
    })
  })

  it('gives each part all the memory, disk and time that Lambda has', () => {
    const { MemorySize, EphemeralStorage, Timeout, Handler } = one('AWS::Lambda::Function')
    assert.deepEqual(
      { MemorySize, EphemeralStorage, Timeout, Handler },
      { MemorySize: 10_240, EphemeralStorage: { Size: 10_240 }, Timeout: 900, Handler: 'index.handler' },
    )
  })

  it('reads runs of its environment, and adds audits; it changes and deletes nothing', () => {
    const actions = statementsOf(made.audit).flatMap(({ Action }) => [Action].flat())
    assert.deepEqual([...new Set(actions)].toSorted(), [
      'lambda:InvokeFunction',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      's3:GetObject',
      's3:GetObjectRetention',
      's3:ListBucket',
      's3:PutObject',
      'states:DescribeExecution',
      'states:StartExecution',
      'states:StopExecution',
    ])
    const put = statementsOf(made.audit).find(({ Action }) => Action === 's3:PutObject')
    assert.match(flat(put?.Resource), /\/kafka\/audits\/\*$/)
  })

  it('goes with its environment', () => {
    const removal = JSON.stringify(resourcesOf(made.expiry, 'AWS::Scheduler::Schedule'))
    assert.match(removal, /Aftershock-kafka-Audit/)
  })

  it('says before it is deployed what an audit costs at most', () => {
    const told =
      made.audit?.node.findAll().flatMap(({ node }) => node.metadata.map(({ data }) => String(data))) ?? []
    assert.ok(
      told.some(text => text.includes('an audit in 3 parts takes at most 36,000 GB-seconds of Lambda')),
    )
  })
})
