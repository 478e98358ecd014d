import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'mocha'
import { EXIT } from '../../chaos/core/exit-codes.ts'
import { packageFile } from '../../chaos/package-root.ts'

const CASES = [
  { leaves: 'stdout', args: ['--help'], ends: EXIT.pass },
  { leaves: 'stderr', args: ['run', 'frist'], ends: EXIT.input },
] as const

describe('a reader that leaves before the program has said everything', function () {
  this.timeout(60_000)
  for (const { leaves, args, ends } of CASES)
    it(`changes nothing of how it ends: ${leaves}`, async () => {
      const child = spawn(process.execPath, [packageFile('bin', 'aftershock.mjs'), ...args], {
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      child[leaves].destroy()
      assert.deepEqual(await once(child, 'exit'), [ends, null])
    })
})
