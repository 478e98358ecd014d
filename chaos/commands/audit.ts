import { resolve } from 'node:path'
import type { Command } from 'commander'
import { auditHistoryFile } from '../audit/audit-history.ts'
import { auditRun } from '../audit/audit-run.ts'
import type { AuditResult } from '../record/audit-file.ts'
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
  readonly json?: true
}

export function register(program: Command, io: Io): void {
  program
    .command('audit')
    .description('hold what was acknowledged against what is stored and what was read')
    .argument('[dir]', 'the folder of a run; its audit.json is written again')
    .option('--history <file>', 'any history in the open format, or Jepsen’s history.edn, instead of a run')
    .option('--contract <file>', 'with --history: which topics forbid duplicates')
    .option('--json', 'the result as one JSON document')
    .action(async (dir: string | undefined, options: Options) => {
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
  if (io.isTerminal) io.stderr.write('reading every record of the history\n')
  if (options.history === undefined) {
    if (options.contract !== undefined)
      throw new AftershockError('usage', '--contract goes with --history: a run has its own contract', {
        hint: 'leave --contract out, or give the history alone with --history',
      })
    const runDir = resolve(io.cwd, dir as string)
    const result = await auditRun(runDir, dir)
    const notice = await sealNotice(runDir, ['audit.json'])
    if (notice !== null) io.stderr.write(notice)
    return result
  }
  const path = options.contract
  const contract = path && (await loadContract(resolve(io.cwd, path), path, { forFleet: false }))
  const history = resolve(io.cwd, options.history)
  return auditHistoryFile(history, { shownAs: options.history, ...(contract ? { contract } : {}) })
}
