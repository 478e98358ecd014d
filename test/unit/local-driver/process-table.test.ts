import assert from 'node:assert/strict'
import {
  findAlive,
  findByArgument,
  findByVariable,
  identityOf,
  lookUp,
  signalGroup,
  signalProcess,
} from '../../../chaos/machine/process-table.ts'

describe('the process table', () => {
  it('finds this process, running, under an identity that stays the same', () => {
    const first = identityOf(process.pid)
    assert.ok(first)
    assert.deepEqual(identityOf(process.pid), first)
    assert.equal(findAlive(first)?.state, 'running')
  })

  it('does not take a process for the one that had its pid before, and never signals it', () => {
    const reused = { pid: process.pid, startedAt: 'another time' }
    assert.equal(findAlive(reused), undefined)
    assert.equal(signalProcess(reused, 'SIGKILL'), false)
  })

  it('knows of no process under a pid that is none', () => {
    assert.equal(lookUp(2 ** 30), undefined)
  })

  it('finds nobody by an argument or a variable that nobody has', () => {
    assert.deepEqual(findByArgument('-Daftershock.lab=/nowhere/at/all'), [])
    assert.deepEqual(findByVariable('PROCESSOR_LAB', '/nowhere/at/all'), [])
  })

  it('does not signal the group of a process that is another one by now', () => {
    assert.equal(signalGroup({ pid: process.pid, startedAt: 'another time' }, 'SIGKILL'), false)
  })
})
