import type { Clock } from '../../../core/clock.ts'
import { findAlive } from '../../../machine/process-table.ts'
import type { DeadRun, EnteredEnvironment, OpenOptions, Remains } from '../../environment.ts'
import { attachLab, removeLab } from './lab.ts'
import { currentBlock } from './lab-layout.ts'
import { handBack, keepLogs } from './lab-of-run.ts'
import { removeLinks } from './lab-parts.ts'
import { labDirectory, readLabState, secondRegionDir } from './lab-state.ts'
import { localDriver } from '../local-driver.ts'
import { restartBrokers } from '../nodes/restart-policy.ts'
import { clearConnector } from '../connect/run-connector.ts'
import { clearProcessor } from '../processor/remove-processor.ts'
import { endProcess } from './supervisor.ts'

/** What a run that died left of its lab, or in the one that stays. */
export function labRemains(run: DeadRun, clock: Clock): Remains {
  // A lab that was still starting has no line in the journal; whose it is, its own state tells.
  const labDir = run.labDir ?? labDirectory(currentBlock())
  const isItsLab = () => {
    const user = readLabState(labDir)?.user
    return user?.pid === run.runner.pid && user.startedAt === run.runner.startedAt
  }
  return {
    isAlive: () => isItsLab() || (run.ownsLab && run.started.some(process => findAlive(process))),
    async clear() {
      const alive = run.started.filter(process => findAlive(process))
      await Promise.all(alive.map(process => endProcess(process, 'SIGKILL', 0, clock)))
      keepLogs(labDir, run.runDir)
      // The folder may belong to a newer lab by now: only this run's is removed.
      const ended = alive.length + (isItsLab() ? await removeLab(labDir, clock) : 0)
      return { ended, left: run.started.filter(process => findAlive(process)).length }
    },
    enter: options => enterLab(labDir, run, clock, options),
  }
}

function enterLab(
  labDir: string,
  { runner, hasConnector }: DeadRun,
  clock: Clock,
  { record, held }: Pick<OpenOptions, 'record' | 'held'>,
): EnteredEnvironment {
  const lab = attachLab(labDir, clock, (change, { role, node, process }) =>
    record({ kind: change === 'started' ? 'process.started' : 'process.ended', role, node, process }),
  )
  const driver = localDriver(lab)
  // The run's own restart policy died with it, and healing is what makes a broker that was cut off halt.
  const restarts = restartBrokers(lab, { held, onEvent: record })
  return {
    driver,
    readyDeadlineMs: lab.nodes.readyDeadlineMs,
    stopRestarts: () => restarts.stop(),
    async release() {
      // Whoever uses the lab after that run may have parts of its own.
      if (lab.supervisor.state.user?.pid !== runner.pid) return 0
      const ended = hasConnector ? (await clearConnector(lab)) + (await clearProcessor(lab)) : 0
      const second = await removeLab(secondRegionDir(labDir), clock)
      await removeLinks(lab, ['mirror'])
      handBack(lab)
      return ended + second
    },
    async [Symbol.asyncDispose]() {
      await restarts.stop()
      driver[Symbol.dispose]()
    },
  }
}
