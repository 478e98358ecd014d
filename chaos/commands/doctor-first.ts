import { labOfMachine } from '../drivers/index.ts'
import { EXIT } from '../core/exit-codes.ts'
import type { MachineRole } from '../doctor/diagnose.ts'
import { runDoctor } from '../doctor/doctor.ts'
import { printReport } from '../doctor/print-report.ts'
import { ExitStatus, type Io } from './io.ts'

/** What a lab needs, or clients without one, is looked for before anything starts. Prints what is lacking, and how to mend it. */
export async function requireHealthyMachine(io: Io, role: MachineRole = 'local'): Promise<void> {
  const report = await runDoctor(
    {
      env: io.env,
      cwd: io.cwd,
      labIsUp: (await labOfMachine()).isUp(io.env),
    },
    role,
  )
  if (report.ready) return
  const lacking = { ...report, findings: report.findings.filter(finding => finding.state === 'lacking') }
  io.stderr.write(printReport(lacking, { all: false }))
  throw new ExitStatus(EXIT.unavailable)
}
