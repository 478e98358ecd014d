import { resolve } from 'node:path'
import type { Command } from 'commander'
import { auditHistoryFile } from '../audit/audit-history.ts'
import { auditPart, auditRun, mergeRun } from '../audit/audit-run.ts'
import { parsePart } from '../audit/part.ts'
import type { AuditResult } from '../record/audit-file.ts'
import { auditPartSchema } from '../record/audit-part.ts'
import { readJson, writeDocument } from '../record/bounded-files.ts'
import { renderAudit } from '../audit/summary.ts'
import { AftershockError } from '../core/errors.ts'
import { EXIT } from '../core/exit-codes.ts'
import { printableDeep } from '../core/printable.ts'
import { loadContract } from '../drill/load-contract.ts'
import { sealNotice } from '../seal/notice.ts'
import { ExitStatus, type Io } from './io.ts'

interface Options {
  readonly history?: string
  readonly contract?: string
  readonly part?: string
  readonly out?: string
  readonly merge?: readonly string[]
  readonly json?: true
}

export function register(program: Command, io: Io): void {
  program
    .command('audit')
    .description('hold what was acknowledged against what is stored and what was read')
    .argument('[dir]', 'the folder of a run; its audit.json is written again')
    .option('--history <file>', 'any history in the open format, or Jepsen’s history.edn, instead of a run')
    .option('--contract <file>', 'with --history: which topics forbid duplicates')
    .option(
      '--part <k/n>',
      'of a run: the devices whose number leaves k-1 when divided by n; goes with --out',
    )
    .option('--out <file>', 'where the audit of that part is written, to be merged')
    .option('--merge <file...>', 'of a run: the audits of all its parts, which become its audit.json')
    .option('--json', 'the result as one JSON document')
    .action(async (dir: string | undefined, options: Options) => {
      if (options.part !== undefined || options.out !== undefined) return onePart(dir, options, io)
      const result = await audit(dir, options, io)
      io.stdout.write(
        options.json ? `${JSON.stringify(result, null, 2)}\n` : renderAudit(printableDeep(result)),
      )
      if (result.verdict !== 'pass') throw new ExitStatus(EXIT[result.verdict])
    })
}

async function audit(dir: string | undefined, options: Options, io: Io): Promise<AuditResult> {
  if ((dir === undefined) === (options.history === undefined))
    throw new AftershockError('usage', 'audit needs the folder of a run, or --history and a file', {
      hint: 'For example: aftershock audit runs/<id>, or aftershock audit --history history.jsonl',
    })
  if (options.merge !== undefined && options.history !== undefined)
    throw new AftershockError('usage', '--merge goes with the folder of a run', {
      hint: 'leave --history out',
    })
  if (io.isTerminal) io.stderr.write('reading every record of the history\n')
  if (options.history === undefined) {
    if (options.contract !== undefined)
      throw new AftershockError('usage', '--contract goes with --history: a run has its own contract', {
        hint: 'leave --contract out, or give the history alone with --history',
      })
    const runDir = resolve(io.cwd, dir as string)
    const result = options.merge
      ? await merged(runDir, dir as string, options.merge, io)
      : await auditRun(runDir, dir)
    const notice = await sealNotice(runDir, ['audit.json'])
    if (notice !== null) io.stderr.write(notice)
    return result
  }
  const path = options.contract
  const contract = path && (await loadContract(resolve(io.cwd, path), path, { forFleet: false }))
  const history = resolve(io.cwd, options.history)
  return auditHistoryFile(history, { shownAs: options.history, ...(contract ? { contract } : {}) })
}

/** Of a run that one machine cannot hold. */
async function onePart(dir: string | undefined, { part, out, ...options }: Options, io: Io): Promise<void> {
  if ((dir === undefined || part === undefined || out === undefined || options.history) ?? options.merge)
    throw new AftershockError(
      'usage',
      '--part goes with --out and the folder of a run, and with nothing else',
      {
        hint: 'for example: aftershock audit runs/<id> --part 1/3 --out part-1.json',
      },
    )
  const found = await auditPart(resolve(io.cwd, dir), parsePart(part, '--part'), dir)
  writeDocument(resolve(io.cwd, out), auditPartSchema.parse(found))
  io.stderr.write(`part ${part} is in ${out}: it has no verdict before it is merged with the others\n`)
}

async function merged(
  runDir: string,
  shownAs: string,
  files: readonly string[],
  io: Io,
): Promise<AuditResult> {
  const parts = files.map(file => {
    const part = readJson(resolve(io.cwd, file), auditPartSchema)
    if (part) return part
    throw new AftershockError('input', `${file} is not there`, {
      hint: 'every part of the run is needed: aftershock audit RUN --part k/n --out FILE makes one',
    })
  })
  return mergeRun(runDir, parts, shownAs)
}
