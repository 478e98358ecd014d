import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'mocha'
import { type MadeCertificates, removalInput, removalStates } from '../../lib/removal.ts'
import { stackNames } from './moto-inventory.ts'
import { impatient, runStateMachine } from './moto-state-machine.ts'
import { putParameter } from './moto-node.ts'
import { type Moto, pythonTools, startMoto } from './moto.ts'

/** No test waits for as long: what has to be tried again does not end. */
const NEVER_AGAIN_SECONDS = 3600

interface Removal {
  readonly States: { readonly Stacks: { readonly Retry: { MaxAttempts: number }[] } }
}

describe('the state machine that removes an environment', function () {
  this.timeout(300_000)
  let moto: Moto

  before(async function () {
    const tools = pythonTools('moto_server')
    if (typeof tools === 'string') {
      process.stderr.write(`removal: skipped, because ${tools}\n`)
      this.skip()
    }
    moto = await startMoto(tools, 'eu-west-1')
  })
  afterEach(() => moto?.reset())
  after(() => moto?.[Symbol.asyncDispose]())

  const create = async (...names: string[]) => {
    for (const StackName of names)
      await moto.query('cloudformation', '2010-05-15', 'CreateStack', {
        StackName,
        TemplateBody: JSON.stringify({ Resources: { Q: { Type: 'AWS::SQS::Queue', Properties: {} } } }),
      })
  }
  const remove = (
    names: readonly string[],
    againSeconds: number,
    certificates: MadeCertificates | null = null,
  ) =>
    runStateMachine(
      moto,
      JSON.stringify(removalStates('Own', certificates, againSeconds)),
      impatient(JSON.stringify(removalInput(names, certificates))),
    )
  const hasParameter = async (name: string) => {
    const { Parameters } = await moto.json<{ Parameters: unknown[] }>('ssm', 'AmazonSSM.GetParameters', {
      Names: [name],
    })
    return Parameters.length === 1
  }
  const secrets = async () => {
    const { SecretList } = await moto.json<{ SecretList: { Name: string }[] }>(
      'secretsmanager',
      'secretsmanager.ListSecrets',
      { IncludePlannedDeletion: true },
    )
    return SecretList.map(({ Name }) => Name).toSorted()
  }

  it('removes what it is told and itself, passes over what is gone already, and touches nothing else', async () => {
    await create('One', 'Two', 'Own', 'Other')
    await remove(['Two', 'Gone', 'One'], NEVER_AGAIN_SECONDS)
    assert.deepEqual(await stackNames(moto), ['Other'])
  })

  it('tries again when CloudFormation could not delete a stack, as when a volume is still in use', async () => {
    await create('Own', 'Fails-2-times', 'Other')
    await remove(['Fails-2-times'], 1)
    assert.deepEqual(await stackNames(moto), ['Other'])
  })

  it('leaves what it is in as long as a stack does not go, so that it can be tried again', async () => {
    await create('Own', 'Fails-9-times')
    await putParameter(moto, '/env/tls/authority', 'PEM')
    const mine = { secrets: [], parameter: '/env/tls/authority' }
    const once = JSON.parse(JSON.stringify(removalStates('Own', mine, 1))) as Removal
    const [again] = once.States.Stacks.Retry
    if (again) again.MaxAttempts = 1
    await assert.rejects(
      runStateMachine(moto, JSON.stringify(once), impatient(JSON.stringify(removalInput(['Fails-9-times'])))),
      /FAILED: StackNotRemoved: The events of the stack in CloudFormation say why/,
    )
    assert.deepEqual(await stackNames(moto), ['Fails-9-times', 'Own'])
    assert.equal(await hasParameter('/env/tls/authority'), true)
  })

  it('removes the certificates that deploying made, those that are gone too, and no other secret', async () => {
    await create('Own', 'One')
    const names = ['env/tls/kafka-1', 'env/tls/kafka-2', 'other/tls/kafka-1']
    for (const Name of names)
      await moto.json('secretsmanager', 'secretsmanager.CreateSecret', { Name, SecretString: '{}' })
    await putParameter(moto, '/env/tls/authority', 'PEM')
    const mine = {
      secrets: ['env/tls/kafka-1', 'env/tls/kafka-2', 'env/tls/gone'],
      parameter: '/env/tls/authority',
    }
    await remove(['One'], NEVER_AGAIN_SECONDS, mine)
    assert.deepEqual(await secrets(), ['other/tls/kafka-1'])
    assert.equal(await hasParameter('/env/tls/authority'), false)
    assert.deepEqual(await stackNames(moto), [])
    await create('Own')
    await remove(['One'], NEVER_AGAIN_SECONDS, mine)
    assert.deepEqual(await secrets(), ['other/tls/kafka-1'], 'when it is tried again')
  })

  it('removes itself when all else is gone already', async () => {
    await create('Own')
    await remove(['One'], NEVER_AGAIN_SECONDS)
    assert.deepEqual(await stackNames(moto), [])
  })
})
