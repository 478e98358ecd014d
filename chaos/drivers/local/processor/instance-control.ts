import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { AftershockError } from '../../../core/errors.ts'
import { instancesOf, type NodeId, type ZoneName } from '../../../core/topology.ts'
import type { Processor, StateReading } from '../../driver.ts'
import type { StartedLab } from '../lab/lab.ts'
import { roleProcesses } from '../lab/role-processes.ts'
import type { GroupView } from './group-view.ts'
import { INSTANCE_ROLE, stateDir } from './instance-node.ts'
import type { Instances } from './instances.ts'
import { readTasks } from './instance-status.ts'

const STATUS_TIMEOUT_MS = 1500

/** The processor's instances as faults touch them. @param lab its layout has the processor's links */
export function instanceControl(lab: StartedLab, instances: Instances, group: GroupView): Processor {
  const { layout, supervisor } = lab
  return {
    instances: roleProcesses(lab, {
      role: INSTANCE_ROLE,
      noun: 'instance',
      command: instance => instances.command({ id: instance, zone: zoneOfInstance(lab, instance) }),
      addressOf: instance => layout.instanceAddress(zoneOfInstance(lab, instance)),
      timeoutMs: STATUS_TIMEOUT_MS,
    }),
    async wipe(instance) {
      if (supervisor.alive(INSTANCE_ROLE, instance))
        throw new AftershockError('internal', `the state of instance ${instance} is in use`)
      rmSync(stateDir(layout, instance), { recursive: true, force: true })
    },
    state: async instance => readState(stateDir(layout, instance)),
    members: () => group.members(),
    tasks: instance => readTasks(layout.instanceAddress(zoneOfInstance(lab, instance)), STATUS_TIMEOUT_MS),
  }
}

/** @throws AftershockError `internal` when there is no such instance. */
function zoneOfInstance({ layout }: StartedLab, instance: NodeId): ZoneName {
  const found = instancesOf(layout.topology).find(({ id }) => id === instance)
  if (!found) throw new AftershockError('internal', `there is no instance ${instance}`)
  return found.zone
}

/** Files come and go while it is read: one that is gone counts for nothing. */
export function readState(folder: string): StateReading {
  let names: string[]
  try {
    names = readdirSync(folder, { recursive: true }) as string[]
  } catch {
    return { files: 0, bytes: 0 }
  }
  const sizes = names.flatMap(name => {
    const seen = statSync(join(folder, name), { throwIfNoEntry: false })
    return seen?.isFile() ? [seen.size] : []
  })
  return { files: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) }
}
