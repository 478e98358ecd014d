import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { auditRun } from '../../../chaos/audit/audit-run.ts'
import { loadInputs, priceRun } from '../../../chaos/cost/write-cost.ts'
import { formatEnvelope, makeEnvelope } from '../../../chaos/seal/dsse.ts'
import { closeStatement, PAYLOAD_TYPE, type Statement } from '../../../chaos/seal/in-toto.ts'
import { openBundle } from '../../../chaos/seal/bundle.ts'
import { writeReport } from '../../../chaos/report/report.ts'
import { scoreRun } from '../../../chaos/score/score.ts'
import { keptFolder } from '../../temporary.ts'
import { makeTinyRun, type TinyKnobs } from '../../fixtures/bundles/tiny-run.ts'

/** A folder of its own for one test, gone afterwards. */
export class Folder implements Disposable {
  readonly dir: string

  constructor(dir = mkdtempSync(join(tmpdir(), 'aftershock-test-'))) {
    this.dir = dir
  }

  path(name: string): string {
    return join(this.dir, name)
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8')
  }

  write(name: string, content: string | Uint8Array): void {
    writeFileSync(this.path(name), content)
  }

  /** Rewrites a file of lines. */
  lines(name: string, edit: (lines: string[]) => string[]): void {
    this.write(
      name,
      edit(this.read(name).split('\n').slice(0, -1))
        .map(line => `${line}\n`)
        .join(''),
    )
  }

  json(name: string, edit: (json: Record<string, unknown>) => unknown): void {
    this.write(name, `${JSON.stringify(edit(JSON.parse(this.read(name))), null, 2)}\n`)
  }

  [Symbol.dispose](): void {
    rmSync(this.dir, { recursive: true, force: true })
  }
}

export async function judge(dir: string): Promise<void> {
  await auditRun(dir)
  await scoreRun(dir)
  await priceRun(dir, await loadInputs())
  await writeReport(dir)
}

const made = new Map<string, Promise<Folder>>()

/** A copy of the small run, judged and not yet sealed. */
export async function judgedRun(knobs: TinyKnobs = {}): Promise<Folder> {
  const key = JSON.stringify(knobs)
  const template = made.get(key) ?? makeTemplate(knobs)
  made.set(key, template)
  const copy = new Folder()
  cpSync((await template).dir, copy.dir, { recursive: true })
  return copy
}

async function makeTemplate(knobs: TinyKnobs): Promise<Folder> {
  const folder = new Folder(keptFolder('judged'))
  await makeTinyRun(folder.dir, knobs)
  await judge(folder.dir)
  return folder
}

/** What someone can do who has the folder and no key: writes any statement, with the checksum it must have. */
export function forge(run: Folder, statement: Statement): void {
  const { checksum: _, ...predicate } = statement.predicate
  const payload = Buffer.from(JSON.stringify(closeStatement(statement.subject, predicate)))
  run.write('bundle.json', formatEnvelope(makeEnvelope(PAYLOAD_TYPE, payload, null)))
}

/** A statement to forge from. */
export async function statementOf(run: Folder): Promise<Statement> {
  return (await openBundle(run.path('bundle.json'))).statement
}
