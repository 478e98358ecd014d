import assert from 'node:assert/strict'
import { interruption } from '../../../chaos/commands/interruption.ts'

function fakeProcess() {
  const listeners = new Map<string, () => void>()
  const exits: number[] = []
  let said = ''
  const process = {
    on: (signal: string, listener: () => void) => void listeners.set(signal, listener),
    off: (signal: string) => void listeners.delete(signal),
    exit: (status: number) => void exits.push(status),
  }
  const stderr = { write: (text: string) => (said += text) }
  return {
    process,
    stderr,
    exits,
    said: () => said,
    send: (signal: string) => listeners.get(signal)?.(),
    listeners,
  }
}

describe('an interruption', () => {
  it('asks for an end the first time, and ends at once the second time, saying who heals', () => {
    const fake = fakeProcess()
    let now = 0
    using stop = interruption('The guardian heals.', fake.stderr, fake.process, () => now)
    fake.send('SIGINT')
    assert.ok(stop.signal.aborted)
    assert.deepEqual(fake.exits, [])
    now = 2000
    fake.send('SIGTERM')
    assert.deepEqual(fake.exits, [130])
    assert.match(fake.said(), /ended at once. The guardian heals\./)
  })

  it('takes the same Ctrl-C that comes twice for one', () => {
    const fake = fakeProcess()
    let now = 0
    using stop = interruption('', fake.stderr, fake.process, () => now)
    fake.send('SIGINT')
    now = 50
    fake.send('SIGINT')
    assert.ok(stop.signal.aborted)
    assert.deepEqual(fake.exits, [])
  })

  it('listens no more once it is over', () => {
    const fake = fakeProcess()
    interruption('', fake.stderr, fake.process, () => 0)[Symbol.dispose]()
    assert.equal(fake.listeners.size, 0)
  })
})
