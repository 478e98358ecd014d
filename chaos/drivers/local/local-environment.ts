import type { EnvironmentKind } from '../environment.ts'
import { outlineOfLab, partsOfLab } from './local-outline.ts'

/** The lab of this machine: three brokers in three zones behind one proxy, with whatever the platform needs beside. */
export const localEnvironment: EnvironmentKind = {
  name: 'local',
  outline: outlineOfLab,
  parts: partsOfLab,
  // It loads what starts brokers, of which a plan needs nothing.
  prepare: async (...given) => (await import('./prepare-lab.ts')).prepareLab(...given),
}
