import { mkdirSync } from 'node:fs'
import type { ProcessorSpec } from '../../../core/processor.ts'
import type { NodeId, ZoneName } from '../../../core/topology.ts'
import type { LabLayout } from '../lab/lab-layout.ts'
import type { Command } from '../lab/supervisor.ts'
import type { DeviceTwin } from '../setup/device-twin.ts'
import { instanceCommand, instanceDir, type InstanceSettings, writeInstanceFiles } from './instance-node.ts'
import { ownCommand, writeOwnFiles } from './own-program.ts'

interface Place {
  readonly id: NodeId
  readonly zone: ZoneName
}

/** How instances are started: the lab's own processor, or the program that a drill names. */
export interface Instances {
  /** Renders an instance's files; its state is left as it is. */
  write(instance: Place): void
  command(instance: Place): Command
}

export interface InstancesOptions {
  readonly layout: LabLayout
  readonly spec: ProcessorSpec
  readonly settings: InstanceSettings
  readonly twin: DeviceTwin
  readonly env: Readonly<Record<string, string | undefined>>
}

export function instancesOfRun({ layout, spec, settings, twin, env }: InstancesOptions): Instances {
  const { command } = spec
  if (command === undefined)
    return {
      write: instance => writeInstanceFiles(layout, instance, spec, settings),
      command: ({ id }) => instanceCommand(layout, id, twin),
    }
  return {
    write(instance) {
      mkdirSync(instanceDir(layout, instance.id), { recursive: true })
      writeOwnFiles(layout, { ...instance, spec, command })
    },
    command: instance => ownCommand(layout, { ...instance, spec, command }, env),
  }
}
