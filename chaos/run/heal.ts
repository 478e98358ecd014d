import { join } from 'node:path'
import type { Clock } from '../core/clock.ts'
import { AftershockError, messageOf } from '../core/errors.ts'
import type { JournalLine } from '../record/journal-events.ts'
import type { NodeId } from '../core/topology.ts'
import type { DeadRun, Remains, RemainsOf } from '../drivers/environment.ts'
import type { Driver } from '../drivers/driver.ts'
import { remainsOf } from '../drivers/index.ts'
import { Journal } from '../record/journal.ts'
import { readJournal } from '../record/journal-reader.ts'
import { faultOf } from '../faults/index.ts'
import { withProcessLock } from '../machine/process-lock.ts'
import { findAlive } from '../machine/process-table.ts'
import { brokersStay } from './brokers-stay.ts'
import { findDeadRun } from './dead-run.ts'
import { healFault } from './heal-fault.ts'
import { JournalState, type OpenFault } from './journal-state.ts'
import { withdrawGrant } from './withdraw-grant.ts'
import { clockOfDeadRun } from './run-clock.ts'

export interface HealReport {
  readonly healed: readonly string[]
  readonly failed: readonly string[]
  /** Processes of the run that were still there. */
  readonly ended: number
  /** Brokers of a lab that stays that do not answer, though no fault holds them any more. */
  readonly silentBrokers: readonly NodeId[]
  /** Whether there was anything to do; where there was not, nothing was written. */
  readonly needed: boolean
}

/**
 * Undoes whatever a dead run left: ends what it owned; takes its faults off a lab that stays, and sees to it that
 * brokers which end after that are started again. Works from the journal alone, and may be repeated: a run that ended
 * and left nothing is not touched, since it may be sealed.
 * @throws AftershockError `refused` while the run is alive or someone else is healing it; `input` when `runDir`
 * is no run.
 */
export async function healRun(
  runDir: string,
  by: 'guardian' | 'heal-command',
  clock: Clock,
  known?: RemainsOf,
): Promise<HealReport> {
  const header = await findDeadRun(runDir)
  if (findAlive(header.runner)) {
    throw new AftershockError('refused', `the run is alive, as process ${header.runner.pid}`, {
      hint: 'interrupt it (Ctrl-C): it heals on its way out',
    })
  }
  const taken = (pid: number) => ({ message: `process ${pid} is healing this run already` })
  return withProcessLock(join(runDir, 'heal.lock'), taken, async () => {
    const { events } = await readJournal(join(runDir, 'journal.jsonl'))
    const lines = events.map(read => read.event)
    const started = lines.flatMap(line => (line.kind === 'process.started' ? [line.process] : []))
    const run = { ...header, runDir, started }
    const remains = known ?? (await remainsOf(run.driver))
    return healDeadRun(run, lines, remains(run, clock), by, clock)
  })
}

async function healDeadRun(
  run: DeadRun,
  lines: readonly JournalLine[],
  remains: Remains,
  by: 'guardian' | 'heal-command',
  clock: Clock,
): Promise<HealReport> {
  const state = JournalState.after(lines)
  const open = state.openFaults()
  if (open.length === 0 && state.openGrants().length === 0 && hasEnded(lines) && !remains.isAlive())
    return { healed: [], failed: [], ended: 0, silentBrokers: [], needed: false }
  using journal = Journal.resume(
    join(run.runDir, 'journal.jsonl'),
    clockOfDeadRun(clock, run.startedAtWallMs),
  )
  journal.append({ kind: 'heal.started', by })
  const report = run.ownsLab
    ? await clearOwned(remains, state, journal)
    : await healEntered(remains, state, journal, clock)
  const { healed, failed, silentBrokers } = report
  journal.append({ kind: 'heal.finished', by, healed, failed, silentBrokers })
  return report
}

const hasEnded = (lines: readonly JournalLine[]): boolean =>
  lines.some(line => line.kind === 'run.finished' || line.kind === 'heal.finished')

/** The environment ends with its run, and its faults go with it. */
async function clearOwned(remains: Remains, state: JournalState, journal: Journal): Promise<HealReport> {
  const open = state.openFaults()
  const { ended, left } = await remains.clear()
  const observations = [{ what: 'processes of the run that are alive', value: left }]
  for (const { id } of open) {
    journal.append({ kind: 'fault.healed', id })
    if (left === 0) journal.append({ kind: 'fault.heal-proven', id, observations })
    else
      journal.append({
        kind: 'fault.heal-unproven',
        id,
        observations,
        reason: 'a process could not be ended',
      })
  }
  for (const { id } of state.openGrants())
    journal.append(
      left === 0
        ? { kind: 'grant.removed', id, by: 'heal', rules: [] }
        : { kind: 'grant.remains', id, reason: 'a process of its cluster could not be ended' },
    )
  const ids = [...open, ...state.openGrants()].map(one => one.id)
  const rest = { ended, silentBrokers: [], needed: true }
  return left === 0 ? { healed: ids, failed: [], ...rest } : { healed: [], failed: ids, ...rest }
}

async function healEntered(
  remains: Remains,
  state: JournalState,
  journal: Journal,
  clock: Clock,
): Promise<HealReport> {
  const healed: string[] = []
  const failed: string[] = []
  const open = state.openFaults()
  state.holdOpenFaults()
  journal.onLine(line => state.read(line))
  await using environment = remains.enter({
    held: () => state.heldNodes(),
    record: event => void journal.append(event),
  })
  const { driver } = environment
  const withRun = open.filter(one => endsWithRun(one, environment.ownsLinks ?? false))
  for (const { id, fault, target, before } of open) {
    // The fleet died with its run: gateways that crashed have nothing to come back to.
    if (faultOf(fault).needs.includes('clients')) {
      endedWithRun(journal, id, 'the fleet')
      healed.push(id)
      continue
    }
    if (withRun.some(one => one.id === id)) continue
    const done = await healFault(faultOf(fault), driver, { id, target, before }, journal, clock)
    ;(done.healed ? healed : failed).push(id)
  }
  for (const { id, grant } of state.openGrants())
    ((await withdrawGrant(driver, { id, grant, by: 'heal' }, journal)) ? healed : failed).push(id)
  if (state.changesReleases) await restoreReleases(driver, { healed, failed })
  const silentBrokers = await brokersStay({
    nodes: driver.topology.nodes.map(node => node.id),
    answers: async node => (await driver.processes?.look(node))?.answer === 'answered',
    clock,
    deadlineMs: environment.readyDeadlineMs,
  })
  await environment.stopRestarts()
  let ended = 0
  try {
    ended = await environment.release()
    for (const { id } of withRun) endedWithRun(journal, id, 'what was the run’s own, and its links')
    healed.push(...withRun.map(({ id }) => id))
  } catch (error) {
    for (const { id } of withRun)
      journal.append({ kind: 'fault.heal-unproven', id, observations: [], reason: messageOf(error) })
    failed.push(...(withRun.length > 0 ? withRun.map(({ id }) => id) : ['connector']))
  }
  failed.push(...((await environment.leave?.()) ?? []))
  return { healed, failed, ended, silentBrokers, needed: true }
}

/** A run that died in the middle of a step may have ended a broker that nobody else starts. */
async function restoreReleases(
  { releases }: Pick<Driver, 'releases'>,
  { healed, failed }: { readonly healed: string[]; readonly failed: string[] },
): Promise<void> {
  if (!releases) return
  const name = `release ${releases.older}`
  try {
    await releases.restore()
    healed.push(name)
  } catch (error) {
    failed.push(`${name}: ${messageOf(error)}`)
  }
}

/** Workers, their database, the processor and region b are the run's own, also in a lab that stays: they go with it. */
const endsWithRun = ({ fault, cluster }: OpenFault, ownsLinks: boolean): boolean =>
  cluster === 'b' ||
  faultOf(fault).needs.some(
    need => need === 'connectors' || need === 'processor' || (ownsLinks && need === 'links'),
  )

function endedWithRun(journal: Journal, id: string, what: string): void {
  journal.append({ kind: 'fault.healed', id })
  journal.append({ kind: 'fault.heal-proven', id, observations: [{ what, value: 'ended with its run' }] })
}
