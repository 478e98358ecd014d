import { relative, resolve } from 'node:path'
import type { Command } from 'commander'
import type { Io } from './io.ts'

export function register(program: Command, io: Io): void {
  program
    .command('report')
    .description('draw the report of a scored run again from its files')
    .argument('<dir>', 'the folder of a run')
    .action(async (dir: string) => {
      // The charts' library is large; no other command should wait for it.
      const { writeReport } = await import('../report/report.ts')
      const path = await writeReport(resolve(io.cwd, dir))
      io.stdout.write(`${relative(io.cwd, path) || path}\n`)
    })
}
