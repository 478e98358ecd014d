import assert from 'node:assert/strict'
import { describe, it } from 'mocha'
import { wayFrom } from '../../../chaos/drivers/aws/reach/reach.ts'
import { isAtLeast, portIn } from '../../../chaos/drivers/aws/reach/session-plugin.ts'

describe('the way to agents', () => {
  it('is the network from a machine that has an address of it, and sessions from every other', () => {
    const own = ['127.0.0.1', '::1', '10.80.32.7']
    assert.equal(wayFrom(own, '10.80.0.0/16'), 'network')
    assert.equal(wayFrom(own, '10.81.0.0/16'), 'sessions')
    assert.equal(wayFrom(['192.168.1.9', 'fe80::1'], '10.80.0.0/16'), 'sessions')
    assert.equal(wayFrom([], '10.80.0.0/16'), 'sessions')
  })

  it('takes a plugin of the version that is wanted or a newer one, and nothing that is no version', () => {
    const least = [1, 2, 536, 0]
    for (const newer of ['1.2.536.0', '1.2.764.0', '1.3.0.0', '2.0'])
      assert.ok(isAtLeast(newer, least), newer)
    for (const older of ['1.2.535.9', '1.1.900.0', '0.9', '1.2.497.0', 'SessionManager', ''])
      assert.ok(!isAtLeast(older, least), older)
  })

  it('reads the port from what the plugin says, and from nothing else', () => {
    const said =
      '\nStarting session with SessionId: me-1\nPort 53421 opened for sessionId me-1.\nWaiting for connections...\n'
    assert.equal(portIn(said), 53_421)
    assert.equal(portIn('\nStarting session with SessionId: me-1\n'), null)
    assert.equal(portIn('Port 99999 opened for sessionId me-1.'), null)
    assert.equal(portIn('Port 534'), null)
  })
})
