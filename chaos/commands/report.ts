import { relative, resolve } from 'node:path'
import type { Command } from 'commander'
import { sealNotice } from '../seal/notice.ts'
import type { Io } from './io.ts'

export function register(program: Command, io: Io): void {
  program
    .command('report')
    .description('draw the report of a scored run again from its files; says when that breaks its seal')
    .argument('<dir>', 'the folder of a run')
    .action(async (dir: string) => {
      // The charts' library is large; no other command should wait for it.
      const { writeReport } = await import('../report/report.ts')
      const runDir = resolve(io.cwd, dir)
      const path = await writeReport(runDir)
      const notice = await sealNotice(runDir, ['report.html'])
      if (notice !== null) io.stderr.write(notice)
      io.stdout.write(`${relative(io.cwd, path) || path}\n`)
    })
}
