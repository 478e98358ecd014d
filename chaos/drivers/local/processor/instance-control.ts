import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { AftershockError } from '../../../core/errors.ts'
import { instancesOf, type NodeId, type ZoneName } from '../../../core/topology.ts'
import { waitFor } from '../../../core/wait.ts'
import { findAlive, signalGroup } from '../../../machine/process-table.ts'
import { exchangeOverHttp } from '../../../net/http-call.ts'
import type { Processor, StateReading } from '../../driver.ts'
import type { StartedLab } from '../lab/lab.ts'
import type { GroupView } from './group-view.ts'
import { INSTANCE_ROLE, stateDir } from './instance-node.ts'
import type { Instances } from './instances.ts'
import { readTasks } from './instance-status.ts'

const STATUS_TIMEOUT_MS = 1500

/** The processor's instances as faults touch them. @param lab its layout has the processor's links */
export function instanceControl(lab: StartedLab, instances: Instances, group: GroupView): Processor {
  const { layout, supervisor } = lab
  return {
    instances: instanceProcesses(lab, instances),
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

function instanceProcesses(lab: StartedLab, instances: Instances): Processor['instances'] {
  const { supervisor, layout, clock } = lab
  const identity = (instance: NodeId) => supervisor.find(INSTANCE_ROLE, instance)?.process ?? null
  const stateOf = (instance: NodeId) => supervisor.alive(INSTANCE_ROLE, instance)?.state
  const signal = (instance: NodeId, name: NodeJS.Signals) => {
    const process = identity(instance)
    // It leads a session of its own: all that it started is stopped with it.
    if (process) signalGroup(process, name)
  }
  return {
    async kill(instance) {
      await supervisor.end(INSTANCE_ROLE, instance, 'SIGKILL', 0)
    },
    async pause(instance) {
      signal(instance, 'SIGSTOP')
      const wait = { clock, deadlineMs: 5000, everyMs: 10 }
      await waitFor(`instance ${instance} to stand still`, () => stateOf(instance) === 'stopped', wait)
    },
    async resume(instance) {
      signal(instance, 'SIGCONT')
    },
    async start(instance) {
      supervisor.start(instances.command({ id: instance, zone: zoneOfInstance(lab, instance) }))
    },
    async look(instance) {
      const process = identity(instance)
      const alive = process && findAlive(process)
      const { outcome } = await exchangeOverHttp(layout.instanceAddress(zoneOfInstance(lab, instance)), {
        path: '/',
        timeoutMs: STATUS_TIMEOUT_MS,
        clock,
      })
      return {
        state: alive ? (alive.state === 'stopped' ? 'stopped' : 'running') : 'absent',
        process: alive ? process : null,
        answer: outcome,
      }
    },
  }
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
