import { cpSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../core/clock.ts'
import { AftershockError } from '../core/errors.ts'
import type { ProcessIdentity } from '../core/process-identity.ts'
import { type Platform, platformName } from '../core/platform.ts'
import type { LinkTotals } from '../record/samples.ts'
import { hasConnector } from '../core/topology.ts'
import { attachLab, type StartedLab, startLab, stopBrokers, stopLab } from '../drivers/local/lab.ts'
import type { LabLayout } from '../drivers/local/lab-layout.ts'
import { readLabState } from '../drivers/local/lab-state.ts'
import { finalTotals, type LinkMeter } from '../drivers/local/link-meter.ts'
import { findAlive } from '../drivers/local/process-table.ts'
import type { LabSoftware } from '../drivers/local/setup/lab.ts'
import { writeDocument } from '../record/bounded-files.ts'
import type { Journal } from '../record/journal.ts'
import { clearConnector } from './connector.ts'
import { clearLeftovers, deadUserOf, findLeftovers } from './lab-leftovers.ts'

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
  readonly runDir: string
  /** Those of the drill, which are made anew. */
  readonly topics: readonly string[]
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
  refuseUnfitLab(lab, options)
  await makeWhole(lab, options)
  lab.supervisor.update({ user: options.runner, userRunDir: options.runDir })
  journal.append({ kind: 'lab.attached', labDir: layout.dir, ownedByRun: false })
  return lab
}

/** A lab that is in use or configured otherwise would give evidence of something else. */
function refuseUnfitLab(lab: StartedLab, options: EnvironmentOptions): void {
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
}

/**
 * A lab that stays is taken for whole only when it is. What a dead run left is that run's to heal; what nobody can be
 * asked to heal is healed here, where it can be, and stands in the journal.
 * @throws AftershockError `unavailable` with all that was found, and what to do about it.
 */
async function makeWhole(lab: StartedLab, options: EnvironmentOptions): Promise<void> {
  const { journal, topics } = options
  const found = await findLeftovers(lab, { topics })
  if (found.length === 0) return
  const words = found.map(({ what }) => what)
  const refuse = (what: readonly string[], hint: string) => {
    journal.append({ kind: 'lab.leftovers', found: words, healed: false })
    const shown = [...what.slice(0, SHOWN), ...(what.length > SHOWN ? [`${what.length - SHOWN} more`] : [])]
    return new AftershockError('unavailable', `the lab is not whole: ${shown.join('; ')}`, {
      hint: `a drill begins with a whole cluster: ${hint}`,
    })
  }
  const dead = deadUserOf(lab)
  if (dead?.runDir && existsSync(join(dead.runDir, 'journal.jsonl')))
    throw refuse(words, `aftershock heal ${dead.runDir}`)
  const anew = 'aftershock lab down && aftershock lab up'
  const lasting = found.filter(({ clear }) => !clear)
  if (lasting.length > 0)
    throw refuse(
      [...new Set([...lasting, ...found])].map(({ what }) => what),
      anew,
    )
  options.progress(`the lab is not whole, and is healed: ${words.slice(0, SHOWN).join('; ')}`)
  const left = await clearLeftovers(lab, found, { topics })
  if (left.length > 0)
    throw refuse(
      left.map(({ what }) => what),
      anew,
    )
  journal.append({ kind: 'lab.leftovers', found: words, healed: true })
}

/** Of what was found, in a message: the journal has all. */
const SHOWN = 4

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
  lab.supervisor.update({ user: null, userRunDir: null })
}

function writeTotals(runDir: string, totals: LinkTotals): void {
  writeDocument(join(runDir, 'samples', 'link-totals.json'), totals)
}

function keepLogs(lab: StartedLab, runDir: string): void {
  const logs = join(lab.layout.dir, 'logs')
  if (existsSync(logs)) cpSync(logs, join(runDir, 'logs'), { recursive: true })
}
