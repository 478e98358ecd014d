import assert from 'node:assert/strict'
import { readFileSync, rmSync } from 'node:fs'
import { after, before, describe, it } from 'mocha'
import { EXIT } from '../../../chaos/core/exit-codes.ts'
import { main } from '../../../chaos/cli.ts'
import { sealRun } from '../../../chaos/seal/seal.ts'
import { generateKey } from '../../../chaos/seal/keys.ts'
import { listFiles } from '../../../chaos/seal/inventory.ts'
import { parseBundle } from '../../../chaos/seal/bundle.ts'
import { Findings } from '../../../chaos/judge/verify-findings.ts'
import { verifySignature } from '../../../chaos/judge/verify-signature.ts'
import type { VerifyReport } from '../../../chaos/judge/verify.ts'
import { Folder, judgedRun } from './sealed-run.ts'

/** What may happen to a file. A mutation that would leave the bytes as they are yields null. */
const MUTATIONS: Readonly<Record<string, (bytes: Buffer) => Buffer | null>> = {
  'a flipped bit': bytes => {
    const copy = Buffer.from(bytes)
    const middle = copy.length >> 1
    copy[middle] = (copy[middle] ?? 0) ^ 1
    return copy
  },
  'a dropped line': bytes => lines(bytes, all => all.toSpliced(all.length >> 1, 1)),
  'a cut end': bytes => bytes.subarray(0, -1),
  'two swapped lines': bytes =>
    lines(bytes, all => [...all.slice(1, 2), ...all.slice(0, 1), ...all.slice(2)]),
  'nothing left in it': () => Buffer.alloc(0),
  'a line more': bytes => Buffer.concat([bytes, Buffer.from('{}\n')]),
}

function lines(bytes: Buffer, edit: (lines: string[]) => string[]): Buffer | null {
  const all = bytes.toString().split('\n')
  const edited = edit(all).join('\n')
  return edited === all.join('\n') ? null : Buffer.from(edited)
}

for (const signed of [false, true]) {
  describe(`every file of a sealed run, ${signed ? 'signed' : 'unsigned'}`, () => {
    let run: Folder
    let keys: Folder
    let files: readonly string[]

    before(async () => {
      run = await judgedRun()
      keys = new Folder()
      generateKey(keys.path('k'))
      files = [...(await listFiles(run.dir)).files, 'bundle.json']
      await sealRun(run.dir, signed ? { key: keys.path('k') } : {})
    })
    after(() => {
      run[Symbol.dispose]()
      keys[Symbol.dispose]()
    })

    for (const [name, mutate] of Object.entries(MUTATIONS)) {
      it(`is named when it has ${name}`, async () => {
        assert.ok(files.length > 15)
        for (const file of files) {
          const bytes = readFileSync(run.path(file))
          const changed = mutate(bytes)
          if (!changed || changed.equals(bytes)) continue
          run.write(file, changed)
          await isFound(run, file)
          run.write(file, bytes)
        }
        assert.equal(await status(run), EXIT.pass)
      })
    }

    it('is named when it is gone', async () => {
      for (const file of files) {
        const bytes = readFileSync(run.path(file))
        rmSync(run.path(file))
        await isFound(run, file)
        run.write(file, bytes)
      }
    })

    it('is named when it was added, in any folder', async () => {
      for (const file of [
        'more.json',
        'history/gw-az-a-9.jsonl',
        'logs/x',
        'samples/.hidden',
        'bundle.json~',
      ]) {
        run.write(file, '{}\n')
        await isFound(run, file)
        rmSync(run.path(file))
      }
    })

    it('is vouched for by a bundle in which no byte can change unseen', () => {
      const bytes = readFileSync(run.path('bundle.json'))
      for (let at = 0; at < bytes.length; at++) {
        const copy = Buffer.from(bytes)
        copy[at] = (copy[at] ?? 0) ^ 1
        assert.equal(isWhole(copy), false, `byte ${at}`)
      }
      assert.equal(isWhole(bytes), true)
    })
  })
}

function isWhole(bundle: Buffer): boolean {
  const findings = new Findings()
  try {
    verifySignature(parseBundle(bundle), null, findings)
  } catch {
    return false
  }
  return findings.problemCount === 0
}

async function isFound(run: Folder, file: string): Promise<void> {
  const { code, report } = await verify(run)
  assert.equal(code, EXIT.unverified, file)
  assert.ok(
    report.problems.some(problem => problem.file === file),
    `${file} is not in ${JSON.stringify(report.problems)}`,
  )
}

const status = async (run: Folder) => (await verify(run)).code

/** By the command, as a stranger would. */
async function verify(run: Folder): Promise<{ code: number; report: VerifyReport }> {
  let text = ''
  const sink = { write: (more: string) => (text += more) }
  const io = { stdout: sink, stderr: sink, env: {}, cwd: run.dir, isTerminal: false }
  const code = await main(['verify', '.', '--json', '--quick'], io)
  return { code, report: JSON.parse(text) as VerifyReport }
}
