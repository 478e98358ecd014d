import { type DoctorReport, diagnose } from './diagnose.ts'
import { type ProbeOptions, probeMachine } from './probe.ts'

/** Looks at this machine and judges whether the local lab can run on it. Changes nothing. */
export async function runDoctor(options: ProbeOptions): Promise<DoctorReport> {
  return diagnose(await probeMachine(options))
}
