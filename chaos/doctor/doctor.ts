import { type DoctorReport, diagnose, type MachineRole } from './diagnose.ts'
import { type ProbeOptions, probeMachine } from './probe.ts'

/** Looks at this machine and judges whether the local lab can run on it, or clients of a cluster that is there. Changes nothing. */
export async function runDoctor(options: ProbeOptions, role: MachineRole = 'local'): Promise<DoctorReport> {
  return diagnose(await probeMachine(options), role)
}
