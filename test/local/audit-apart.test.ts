import assert from 'node:assert/strict'
import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'mocha'
import { auditRun } from '../../chaos/audit/audit-run.ts'
import { AftershockError } from '../../chaos/core/errors.ts'
import { auditApart } from '../../chaos/judge/audit-apart.ts'
import { makeTinyRun } from '../fixtures/bundles/tiny-run.ts'
import { keptFolder } from '../temporary.ts'

describe('an audit in a thread of its own', () => {
  it('writes what an audit without one writes, to the byte', async () => {
    const [here, there] = [keptFolder('here'), keptFolder('there')]
    for (const folder of [here, there]) await makeTinyRun(folder)
    await auditRun(here)
    await auditApart(there, 0)
    assert.equal(
      readFileSync(join(there, 'audit.json'), 'utf8'),
      readFileSync(join(here, 'audit.json'), 'utf8'),
    )
  }).timeout(60_000)

  it('says why there is none as an audit without one says it', async () => {
    const folder = keptFolder('torn')
    await makeTinyRun(folder)
    appendFileSync(join(folder, 'history', 'stored.jsonl'), 'no JSON\n{}\n')
    const told: unknown = await auditRun(folder).catch((error: unknown) => error)
    assert.ok(told instanceof AftershockError)
    const { code, message, hint } = told
    await assert.rejects(auditApart(folder, 0), { code, message, hint })
  }).timeout(60_000)
})
