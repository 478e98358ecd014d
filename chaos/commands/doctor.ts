import type { Command } from 'commander'
import { EXIT } from '../core/exit-codes.ts'
import { lab } from '../drivers/index.ts'
import { runDoctor } from '../doctor/doctor.ts'
import { printReport } from '../doctor/print-report.ts'
import { ExitStatus, type Io } from './io.ts'

export function register(program: Command, io: Io): void {
  program
    .command('doctor')
    .description('check what this machine has and lacks, and say how to get it')
    .option('--all', 'print the commands for every system, not only for this one')
    .option('--json', 'print one JSON document')
    .action(async (options: { all?: true; json?: true }) => {
      const report = await runDoctor({
        env: io.env,
        cwd: io.cwd,
        labIsUp: lab.isUp(io.env),
      })
      io.stdout.write(
        options.json
          ? `${JSON.stringify(report, null, 2)}\n`
          : printReport(report, { all: options.all ?? false }),
      )
      if (!report.ready) throw new ExitStatus(EXIT.unavailable)
    })
}
