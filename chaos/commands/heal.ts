import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { AftershockError, messageOf } from '../core/errors.ts'
import { EXIT } from '../core/exit-codes.ts'
import { labOfMachine } from '../drivers/index.ts'
import { findAlive } from '../machine/process-table.ts'
import { readJournal } from '../record/journal-reader.ts'
import { sealNotice } from '../seal/notice.ts'
import { findDeadRun } from '../run/dead-run.ts'
import { type HealReport, healRun } from '../run/heal.ts'
import { JournalState } from '../run/journal-state.ts'
import { systemClock } from '../system-clock.ts'
import { ExitStatus, type Io } from './io.ts'

export function register(program: Command, io: Io): void {
  program
    .command('heal')
    .argument(
      '[dir]',
      'the folder of a run; default: every run under ./runs that died, the one that had the lab that is up, and its lab',
    )
    .description('undo whatever a dead run left: its faults and its processes')
    .option('--json', 'one JSON document')
    .addHelpText(
      'after',
      `
A run on a cluster that is there is healed by the login that it had: the same
file of --command-config, and the same AFTERSHOCK_CLIENT_… of the environment.
Exit 76: something is left, and is named.`,
    )
    .action(async (dir: string | undefined, options: { json?: true }) => {
      const say = (line: string) => void (options.json ? io.stderr : io.stdout).write(`${line}\n`)
      const done =
        dir === undefined
          ? await healAll(io, say)
          : { looked: null, runs: [await healOne(resolve(io.cwd, dir), say)], unread: [], labRemoved: null }
      if (options.json) io.stdout.write(`${JSON.stringify(done)}\n`)
      const isHealed = (run: HealReport) => run.failed.length + run.silentBrokers.length === 0
      if (done.unread.length > 0 || !done.runs.every(isHealed)) throw new ExitStatus(EXIT.unhealed)
    })
}

/** What `heal --json` prints. */
interface Healed {
  /** Where dead runs were looked for; null when one was named. */
  readonly looked: { readonly runs: string; readonly found: number; readonly lab: string } | null
  readonly runs: readonly (HealReport & { readonly dir: string })[]
  /** Runs that could not be looked at: what they left is not known. */
  readonly unread: readonly { readonly dir: string; readonly why: string }[]
  /** The lab of a run whose folder is not here, and how many of its processes were ended. */
  readonly labRemoved: { readonly dir: string; readonly ended: number } | null
}

type Say = (line: string) => void

async function healOne(dir: string, say: Say): Promise<HealReport & { readonly dir: string }> {
  const report = await healRun(dir, 'heal-command', systemClock)
  if (!report.needed) {
    say(`${dir}: nothing is left of it; it was not touched`)
    return { dir, ...report }
  }
  const healed = report.healed.length > 0 ? `healed ${report.healed.join(', ')}` : 'no fault was open'
  say(`${dir}: ${healed}; ${report.ended} processes ended`)
  for (const id of report.failed) say(`${dir}: ${id} could NOT be healed; see its journal`)
  for (const broker of report.silentBrokers)
    say(
      `${dir}: broker ${broker} does NOT answer, and was not to be brought back; look at its log, then: aftershock lab down && aftershock lab up`,
    )
  const notice = await sealNotice(dir, ['journal.jsonl'])
  if (notice) say(notice.trimEnd())
  return { dir, ...report }
}

async function healAll(io: Io, say: Say): Promise<Healed> {
  const root = join(io.cwd, 'runs')
  const lab = await labOfMachine()
  const labDir = lab.folderOf(io.env)
  const lastUser = lab.deadUser(io.env)
  const here = existsSync(root) ? readdirSync(root).map(name => join(root, name)) : []
  const isRun = (dir: string) => existsSync(join(dir, 'run.json')) || existsSync(join(dir, 'journal.jsonl'))
  const dirs = [...new Set([...here.filter(isRun), ...(lastUser === null ? [] : [lastUser]).filter(isRun)])]
  const runs: (HealReport & { dir: string })[] = []
  const unread: { dir: string; why: string }[] = []
  for (const dir of dirs) {
    try {
      if (await needsHealing(dir)) runs.push(await healOne(dir, say))
    } catch (error) {
      unread.push({ dir, why: messageOf(error) })
      say(`${dir}: could NOT be looked at: ${messageOf(error)}`)
    }
  }
  const labRemoved = await lab.removeOrphan(io.env)
  if (labRemoved)
    say(`${labRemoved.dir}: the lab of a dead run is removed; ${labRemoved.ended} processes ended`)
  if (runs.length + unread.length === 0 && labRemoved === null)
    say(
      `Nothing is left of any dead run: looked at ${dirs.length} runs in ${root} and at the lab ${labDir}.\n` +
        'A run elsewhere is healed by its folder: aftershock heal <dir>',
    )
  return { looked: { runs: root, found: dirs.length, lab: labDir }, runs, unread, labRemoved }
}

/** A run that is dead, and either never finished or left something that nobody has proven to be gone. */
export async function needsHealing(dir: string): Promise<boolean> {
  const header = await findDeadRun(dir)
  if (findAlive(header.runner)) return false
  const lines = (await readJournal(join(dir, 'journal.jsonl'))).events.map(read => read.event)
  const finished = lines.some(line => line.kind === 'run.finished' || line.kind === 'heal.finished')
  const state = JournalState.after(lines)
  const lastHealing = lines.findLast(line => line.kind === 'heal.finished')
  if (!finished || (lastHealing?.failed.length ?? 0) > 0) return true
  return state.openFaults().length + state.openGrants().length + state.left().length > 0
}

export function unhealedError(ids: readonly string[], runDir: string): AftershockError {
  return new AftershockError('unhealed', `${ids.join(', ')} could not be healed`, {
    hint: `look at ${join(runDir, 'logs')}, then run \`aftershock heal ${runDir}\``,
  })
}
