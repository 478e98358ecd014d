import { cpSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { platformId, versionOfChoice } from '../../../platforms/platform-id.ts'
import type { Clock } from '../../../core/clock.ts'
import { AftershockError } from '../../../core/errors.ts'
import { platformTitle } from '../../../platforms/index.ts'
import type { LinkTotals } from '../../../record/samples.ts'
import { hasConnector, instancesOf } from '../../../core/topology.ts'
import { writeDocument } from '../../../record/bounded-files.ts'
import { findAlive } from '../../../machine/process-table.ts'
import type { OpenOptions, PlatformChoice } from '../../environment.ts'
import { attachLab, type StartedLab, startLab, stopBrokers, stopLab } from './lab.ts'
import type { LabLayout } from './lab-layout.ts'
import { clearLeftovers, deadUserOf, findLeftovers } from './lab-leftovers.ts'
import { finalTotals, type LinkMeter } from '../../link-meter.ts'
import { clearConnector } from '../connect/run-connector.ts'
import { clearProcessor } from '../processor/remove-processor.ts'
import type { InstalledSoftware } from '../setup/lab.ts'
import type { ProcessListener } from './supervisor.ts'

export interface LabOfRunOptions
  extends Pick<OpenOptions, 'runDir' | 'drill' | 'runner' | 'clock' | 'record' | 'progress' | 'signal'> {
  readonly layout: LabLayout
  readonly choice: PlatformChoice
  /** null: attach to the standing lab. */
  readonly software: InstalledSoftware | null
}

/** The lab for one run: its own, or the one that stays. Every process it starts is journalled. */
export async function labOfRun(options: LabOfRunOptions): Promise<StartedLab> {
  const { layout, software, drill, record, clock } = options
  const onProcess: ProcessListener = (change, { role, node, process }) =>
    record({ kind: change === 'started' ? 'process.started' : 'process.ended', role, node, process })
  if (software) {
    const lab = await startLab({
      block: layout.block,
      dir: layout.dir,
      kind: 'run',
      timeouts: drill.kafka.timeouts,
      ...(drill.security && { hasAuthorizer: true }),
      user: options.runner,
      software,
      clock,
      onProcess,
      progress: options.progress,
      signal: options.signal,
    })
    record({ kind: 'lab.started', labDir: layout.dir, ownedByRun: true })
    return lab
  }
  const lab = attachLab(layout.dir, clock, onProcess)
  refuseUnfitLab(lab, options)
  await makeWhole(lab, options)
  lab.supervisor.update({ user: options.runner, userRunDir: options.runDir })
  record({ kind: 'lab.attached', labDir: layout.dir, ownedByRun: false })
  return lab
}

/** A lab that is in use or configured otherwise would give evidence of something else. */
function refuseUnfitLab(lab: StartedLab, { drill, choice }: LabOfRunOptions): void {
  const { user, timeouts, platform, hasAuthorizer = false } = lab.supervisor.state
  const asked = drill.kafka.timeouts
  if (user && findAlive(user)) {
    throw new AftershockError('refused', `the lab is in use by process ${user.pid}`, {
      hint: 'wait for it, or set AFTERSHOCK_LAB=1',
    })
  }
  const wanted = versionOfChoice(choice)
  const version = platform.software.version ?? null
  const isOther = wanted.version !== null && version !== null && wanted.version !== version
  if (platform.platform !== choice.platform || isOther) {
    const up = isOther ? platformId({ platform: platform.platform, version }) : platform.platform
    const instead = isOther ? platformId(wanted) : choice.platform
    throw new AftershockError(
      'unavailable',
      `the lab that is up runs ${platformTitle(up)}, not ${platformTitle(instead)}`,
      {
        hint: `aftershock lab down && aftershock lab up --platform ${instead}, or set AFTERSHOCK_LAB=1`,
      },
    )
  }
  if (hasAuthorizer !== (drill.security !== undefined)) {
    throw new AftershockError(
      'unavailable',
      hasAuthorizer
        ? 'the lab that is up asks who its clients are, and the drill has no security'
        : 'the drill has security, and the lab that is up lets in every client',
      {
        hint: `aftershock lab down && aftershock lab up${hasAuthorizer ? '' : ' --authorizer'}, or set AFTERSHOCK_LAB=1`,
      },
    )
  }
  if (timeouts !== asked) {
    throw new AftershockError(
      'unavailable',
      `the lab runs with ${timeouts} timeouts and the drill asks for ${asked}`,
      {
        hint: `aftershock lab down && aftershock lab up${asked === 'defaults' ? ' --timeouts defaults' : ''}`,
      },
    )
  }
}

/**
 * A lab that stays is taken for whole only when it is. What a dead run left is that run's to heal; what nobody can be
 * asked to heal is healed here, where it can be, and stands in the journal.
 * @throws AftershockError `unavailable` with all that was found, and what to do about it.
 */
async function makeWhole(lab: StartedLab, { drill, record, progress }: LabOfRunOptions): Promise<void> {
  const topics = Object.keys(drill.contract.topics)
  const found = await findLeftovers(lab, { topics })
  if (found.length === 0) return
  const words = found.map(({ what }) => what)
  const refuse = (what: readonly string[], hint: string) => {
    record({ kind: 'lab.leftovers', found: words, healed: false })
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
  progress(`the lab is not whole, and is healed: ${words.slice(0, SHOWN).join('; ')}`)
  const left = await clearLeftovers(lab, found, { topics })
  if (left.length > 0)
    throw refuse(
      left.map(({ what }) => what),
      anew,
    )
  record({ kind: 'lab.leftovers', found: words, healed: true })
}

/** Of what was found, in a message: the journal has all. */
const SHOWN = 4

/** Brokers have 8 s and then 10 more, the links' totals 10 s, and each of three more processes 13 s. */
export const LEAVE_MS = 120_000

/** Ends a lab of the run's own, and hands back one that stays. Either way the logs and the meters' last word are kept. */
export async function leaveLab(
  lab: StartedLab,
  runDir: string,
  meter: LinkMeter | null,
  clock: Clock,
): Promise<void> {
  const isOwned = lab.supervisor.state.kind === 'run'
  const live = meter ? await meter.sample().catch(() => null) : null
  if (isOwned) await stopBrokers(lab)
  // Toxiproxy's own are exact only once everything behind it has ended.
  const exact = isOwned ? await finalTotals(lab.layout, lab.clock).catch(() => null) : null
  const totals: LinkTotals = { t: Math.round(clock.now()), live, exact }
  writeDocument(join(runDir, 'samples', 'link-totals.json'), totals)
  keepLogs(lab.layout.dir, runDir)
  if (isOwned) return stopLab(lab)
  if (hasConnector(lab.layout.topology)) await clearConnector(lab)
  if (instancesOf(lab.layout.topology).length > 0) await clearProcessor(lab)
  handBack(lab)
}

/** Nobody uses it any more. A second release is forgotten, unless a broker has it all the same. */
export function handBack({ supervisor }: StartedLab): void {
  const { upgrade } = supervisor.state
  supervisor.update({
    user: null,
    userRunDir: null,
    ...(upgrade?.nodes.length === 0 && { upgrade: undefined }),
  })
}

export function keepLogs(labDir: string, runDir: string): void {
  const logs = join(labDir, 'logs')
  if (existsSync(logs)) cpSync(logs, join(runDir, 'logs'), { recursive: true })
}
