import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { AGENT_PORT } from '../../chaos/drivers/aws/agent/agent-protocol.ts'
import { ARMED, switchName } from '../../chaos/drivers/aws/chaos-lock.ts'
import { sessionDocument } from '../../chaos/drivers/aws/reach/session-door.ts'
import { changed, resourcesOf, shipped, type Synthesized } from './synthesized.ts'

describe('what the network stack has for drills', function () {
  this.timeout(60_000)

  it('lets drills run there from the beginning only where it is made for one', () => {
    const switches = (made: Synthesized) =>
      Object.values(resourcesOf(made.network, 'AWS::SSM::Parameter'))
        .filter(({ Properties }) => String(Properties.Name).endsWith('/chaos/switch'))
        .map(({ Properties }) => [Properties.Name, Properties.Value])
    assert.deepEqual(switches(shipped('lab')), [])
    assert.deepEqual(switches(changed('lab', {}, { armed: true })), [[switchName('lab'), ARMED]])
  })

  it('lets who is outside start a session to the agent of a machine, by a document in which there is nothing to choose', () => {
    const documents = Object.values(resourcesOf(shipped('lab').network, 'AWS::SSM::Document'))
    const session = documents.find(({ Properties }) => Properties.DocumentType === 'Session')
    assert.ok(session)
    assert.equal(session.Properties.Name, sessionDocument('lab'))
    const { description, ...content } = session.Properties.Content as Record<string, unknown>
    assert.match(String(description), /the agent of this machine/)
    assert.deepEqual(content, {
      schemaVersion: '1.0',
      sessionType: 'Port',
      properties: { type: 'LocalPortForwarding', portNumber: String(AGENT_PORT), localPortNumber: '0' },
    })
  })
})
