import { cpSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../core/clock.ts'
import { AftershockError } from '../core/errors.ts'
import type { ProcessIdentity } from '../core/journal-events.ts'
import { type Platform, platformName } from '../core/platform.ts'
import type { LinkTotals } from '../core/samples.ts'
import { hasConnector } from '../core/topology.ts'
import { attachLab, type StartedLab, startLab, stopBrokers, stopLab } from '../drivers/local/lab.ts'
import type { LabLayout } from '../drivers/local/lab-layout.ts'
import { readLabState } from '../drivers/local/lab-state.ts'
import { finalTotals, type LinkMeter } from '../drivers/local/link-meter.ts'
import { localDriver } from '../drivers/local/local-driver.ts'
import { findAlive } from '../drivers/local/process-table.ts'
import type { LabSoftware } from '../drivers/local/setup/lab.ts'
import type { Journal } from '../evidence/journal.ts'
import { clearConnector } from './connector.ts'

/** Whether a lab stays there to be used; a run that finds none starts one of its own. */
export function standingLab(dir: string): boolean {
  const state = readLabState(dir)
  return state?.kind === 'up' && state.ready
}

export interface EnvironmentOptions {
  readonly layout: LabLayout
  readonly timeouts: 'tuned' | 'defaults'
  readonly platform: Platform
  readonly runner: ProcessIdentity
  /** null: attach to the standing lab. */
  readonly software: LabSoftware | null
  readonly journal: Journal
  readonly clock: Clock
  readonly progress: (line: string) => void
  readonly signal: AbortSignal
}

/** The lab for one run: its own, or the one that stays. Every process it starts is journalled. */
export async function openEnvironment(options: EnvironmentOptions): Promise<StartedLab> {
  const { layout, software, journal, clock } = options
  const onProcess = (
    change: 'started' | 'ended',
    { role, node, process }: { role: string; node: number | null; process: ProcessIdentity },
  ) => {
    journal.append({ kind: change === 'started' ? 'process.started' : 'process.ended', role, node, process })
  }
  if (software) {
    const lab = await startLab({
      block: layout.block,
      dir: layout.dir,
      kind: 'run',
      timeouts: options.timeouts,
      user: options.runner,
      software,
      clock,
      onProcess,
      progress: options.progress,
      signal: options.signal,
    })
    journal.append({ kind: 'lab.started', labDir: layout.dir, ownedByRun: true })
    return lab
  }
  const lab = attachLab(layout.dir, clock, onProcess)
  await refuseUnfitLab(lab, options)
  lab.supervisor.update({ user: options.runner })
  journal.append({ kind: 'lab.attached', labDir: layout.dir, ownedByRun: false })
  return lab
}

/** A lab that is in use, configured otherwise, or not whole would give evidence of something else. */
async function refuseUnfitLab(lab: StartedLab, options: EnvironmentOptions): Promise<void> {
  const { user, timeouts, platform } = lab.supervisor.state
  if (user && findAlive(user)) {
    throw new AftershockError('refused', `the lab is in use by process ${user.pid}`, {
      hint: 'wait for it, or set AFTERSHOCK_LAB=1',
    })
  }
  if (platform.platform !== options.platform) {
    throw new AftershockError(
      'unavailable',
      `the lab that is up runs ${platformName(platform.platform)}, not ${platformName(options.platform)}`,
      {
        hint: `aftershock lab down && aftershock lab up --platform ${options.platform}, or set AFTERSHOCK_LAB=1`,
      },
    )
  }
  if (timeouts !== options.timeouts) {
    throw new AftershockError(
      'unavailable',
      `the lab runs with ${timeouts} timeouts and the drill asks for ${options.timeouts}`,
      {
        hint: `aftershock lab down && aftershock lab up${options.timeouts === 'defaults' ? ' --timeouts defaults' : ''}`,
      },
    )
  }
  using driver = localDriver(lab)
  for (const node of lab.layout.topology.nodes) {
    const seen = await driver.processes?.look(node.id)
    if (seen?.answer === 'answered') continue
    throw new AftershockError(
      'unavailable',
      `broker ${node.id} (${node.zone}) is not well: process ${seen?.state}, listener ${seen?.answer}`,
      {
        hint: 'a drill begins with a whole cluster: aftershock lab down && aftershock lab up',
      },
    )
  }
}

/** Keeps both meters' last word. Toxiproxy's is exact only once everything behind it has ended. */
export async function closeOwnedLab(
  lab: StartedLab,
  runDir: string,
  meter: LinkMeter | null,
  clock: Clock,
): Promise<void> {
  const live = meter ? await meter.sample().catch(() => null) : null
  await stopBrokers(lab)
  const exact = await finalTotals(lab.layout, lab.clock).catch(() => null)
  writeTotals(runDir, { t: Math.round(clock.now()), live, exact })
  keepLogs(lab, runDir)
  await stopLab(lab)
}

export async function leaveStandingLab(
  lab: StartedLab,
  runDir: string,
  meter: LinkMeter | null,
  clock: Clock,
): Promise<void> {
  const live = meter ? await meter.sample().catch(() => null) : null
  writeTotals(runDir, { t: Math.round(clock.now()), live, exact: null })
  keepLogs(lab, runDir)
  if (hasConnector(lab.layout.topology)) await clearConnector(lab)
  lab.supervisor.update({ user: null })
}

function writeTotals(runDir: string, totals: LinkTotals): void {
  writeFileSync(join(runDir, 'samples', 'link-totals.json'), `${JSON.stringify(totals, null, 2)}\n`)
}

function keepLogs(lab: StartedLab, runDir: string): void {
  const logs = join(lab.layout.dir, 'logs')
  if (existsSync(logs)) cpSync(logs, join(runDir, 'logs'), { recursive: true })
}
