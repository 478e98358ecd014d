import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'mocha'
import { removalInput, removalStates } from '../../lib/removal.ts'
import { stackNames } from './moto-inventory.ts'
import { impatient, runStateMachine } from './moto-state-machine.ts'
import { type Moto, pythonTools, startMoto } from './moto.ts'

/** No test waits for as long: what has to be tried again does not end. */
const NEVER_AGAIN_SECONDS = 3600

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
  const remove = (names: readonly string[], againSeconds: number) =>
    runStateMachine(
      moto,
      JSON.stringify(removalStates('Own', againSeconds)),
      impatient(JSON.stringify(removalInput(names))),
    )

  it('removes what it is told and itself, passes over what is gone already, and touches nothing else', async () => {
    await create('One', 'Two', 'Own', 'Other')
    await remove(['Two', 'Gone', 'One'], NEVER_AGAIN_SECONDS)
    assert.deepEqual(await stackNames(moto), ['Other'])
  })

  it('removes itself when all else is gone already', async () => {
    await create('Own')
    await remove(['One'], NEVER_AGAIN_SECONDS)
    assert.deepEqual(await stackNames(moto), [])
  })
})
