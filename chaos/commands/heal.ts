import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { AftershockError, messageOf } from '../core/errors.ts'
import { EXIT } from '../core/exit-codes.ts'
import { removeLab } from '../drivers/local/lab.ts'
import { currentBlock } from '../drivers/local/lab-layout.ts'
import { labDirectory, readLabState } from '../drivers/local/lab-state.ts'
import { findAlive } from '../drivers/local/process-table.ts'
import { readJournal } from '../evidence/journal-reader.ts'
import { healRun, openFaults, readDeadRun } from '../run/heal.ts'
import { systemClock } from '../system-clock.ts'
import { ExitStatus, type Io } from './io.ts'

export function register(program: Command, io: Io): void {
  program
    .command('heal')
    .argument('[dir]', 'the folder of a run; default: every run under ./runs that died, and its lab')
    .description('undo whatever a dead run left: its faults and its processes')
    .action(async (dir: string | undefined) => {
      const failed = dir === undefined ? await healAll(io) : await healOne(resolve(io.cwd, dir), io)
      if (failed) throw new ExitStatus(EXIT.unhealed)
    })
}

async function healOne(dir: string, io: Io): Promise<boolean> {
  const report = await healRun(dir, 'heal-command', systemClock)
  const healed = report.healed.length > 0 ? `healed ${report.healed.join(', ')}` : 'no fault was open'
  io.stdout.write(`${dir}: ${healed}; ${report.ended} processes ended\n`)
  for (const id of report.failed) io.stdout.write(`${dir}: ${id} could NOT be healed; see its journal\n`)
  for (const broker of report.silentBrokers)
    io.stdout.write(
      `${dir}: broker ${broker} does NOT answer, and was not to be brought back; look at its log, then: aftershock lab down && aftershock lab up\n`,
    )
  return report.failed.length + report.silentBrokers.length > 0
}

async function healAll(io: Io): Promise<boolean> {
  const root = join(io.cwd, 'runs')
  const dirs = existsSync(root) ? readdirSync(root).map(name => join(root, name)) : []
  let failed = false
  let found = 0
  for (const dir of dirs.filter(candidate => existsSync(join(candidate, 'run.json')))) {
    if (!(await needsHealing(dir, io))) continue
    found++
    failed = (await healOne(dir, io)) || failed
  }
  found += await endOrphanedLab(io)
  if (found === 0) io.stdout.write('Nothing is left of any dead run.\n')
  return failed
}

/** A run that is dead, and either never finished or has a fault whose healing is not proven. */
async function needsHealing(dir: string, io: Io): Promise<boolean> {
  try {
    if (findAlive(readDeadRun(dir).runner)) return false
    const lines = (await readJournal(join(dir, 'journal.jsonl'))).events.map(read => read.event)
    const finished = lines.some(line => line.kind === 'run.finished' || line.kind === 'heal.finished')
    return !finished || openFaults(lines).length > 0
  } catch (error) {
    io.stderr.write(`${dir} is passed over: ${messageOf(error)}\n`)
    return false
  }
}

/** The lab of a run whose folder is not here, or that died before it had one. */
async function endOrphanedLab(io: Io): Promise<number> {
  const dir = labDirectory(currentBlock(io.env), io.env)
  const state = readLabState(dir)
  if (!state || (state.user && findAlive(state.user))) return 0
  if (state.kind === 'up' && state.ready) return 0
  const ended = await removeLab(dir, systemClock)
  io.stdout.write(`${dir}: the lab of a dead run is removed; ${ended} processes ended\n`)
  return 1
}

export function unhealedError(ids: readonly string[], runDir: string): AftershockError {
  return new AftershockError('unhealed', `${ids.join(', ')} could not be healed`, {
    hint: `look at ${join(runDir, 'logs')}, then run \`aftershock heal ${runDir}\``,
  })
}
