import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe } from 'mocha'
import { environmentOf } from '../../chaos/drivers/index.ts'
import { keepsTheContractOfEnvironments } from '../local/environment-contract.ts'
import { TEST_BLOCK } from '../local/test-lab.ts'

/** Each of them starts a lab of its own; `test/local/environments.lab.test.ts` holds the same against other clusters. */
describe('the contract of environments', function () {
  this.timeout(120_000)

  describe('on the lab', () => {
    const names = ['AFTERSHOCK_LAB', 'XDG_STATE_HOME'] as const
    const had = Object.fromEntries(names.map(name => [name, process.env[name]]))
    const state = mkdtempSync(join(tmpdir(), 'aftershock-contract-state-'))
    before(() => {
      Object.assign(process.env, { AFTERSHOCK_LAB: String(TEST_BLOCK), XDG_STATE_HOME: state })
    })
    after(() => {
      for (const name of names)
        if (had[name] === undefined) Reflect.deleteProperty(process.env, name)
        else process.env[name] = had[name]
      rmSync(state, { recursive: true, force: true })
    })
    keepsTheContractOfEnvironments({ kind: async () => environmentOf('local'), others: null })
  })
})
