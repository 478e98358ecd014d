import { type Command, Option } from 'commander'
import { EXIT } from '../core/exit-codes.ts'
import { labOfMachine } from '../drivers/index.ts'
import { MACHINE_ROLES, type MachineRole } from '../doctor/diagnose.ts'
import { runDoctor } from '../doctor/doctor.ts'
import { printReport } from '../doctor/print-report.ts'
import { ExitStatus, type Io } from './io.ts'

export function register(program: Command, io: Io): void {
  program
    .command('doctor')
    .description('check what this machine has and lacks, and say how to get it')
    .addOption(
      new Option('--driver <name>', 'for a lab on this machine, or for clients of a cluster that is there')
        .choices([...MACHINE_ROLES])
        .default('local'),
    )
    .option('--all', 'print the commands for every system, not only for this one')
    .option('--json', 'print one JSON document')
    .action(async (options: { driver: MachineRole; all?: true; json?: true }) => {
      const report = await runDoctor(
        {
          env: io.env,
          cwd: io.cwd,
          labIsUp: (await labOfMachine()).isUp(io.env),
        },
        options.driver,
      )
      io.stdout.write(
        options.json
          ? `${JSON.stringify(report, null, 2)}\n`
          : printReport(report, { all: options.all ?? false }),
      )
      if (!report.ready) throw new ExitStatus(EXIT.unavailable)
    })
}
