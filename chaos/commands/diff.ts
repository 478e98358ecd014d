import { resolve } from 'node:path'
import type { Command } from 'commander'
import { findRuns } from '../compare/find-runs.ts'
import { readRun } from '../compare/read-run.ts'
import { refuseTwice } from '../compare/same-conditions.ts'
import { AftershockError } from '../core/errors.ts'
import { EXIT } from '../core/exit-codes.ts'
import { printableDeep } from '../core/printable.ts'
import { diffRuns } from '../runs/diff-runs.ts'
import { diffWords } from '../runs/diff-words.ts'
import { ExitStatus, type Io, widthOf } from './io.ts'

export function register(program: Command, io: Io): void {
  program
    .command('diff')
    .description('what got worse from one run of a drill to another, beyond the noise of repeats')
    .argument('<before>', 'the folder of a run, or one with repeats of it')
    .argument('<after>', 'the same, of what is compared with it')
    .option('--json', 'print one JSON document')
    .action(async (before: string, after: string, options: { readonly json?: true }) => {
      const [was, is] = [await runsIn(before, io), await runsIn(after, io)]
      const drills = [...new Set([...was, ...is].map(({ header }) => header.drill.drill))]
      if (drills.length > 1)
        throw new AftershockError('input', `these are runs of different drills: ${drills.join(' and ')}`, {
          hint: 'Name two runs of one drill; `aftershock runs list` shows what there is.',
        })
      refuseTwice([...was, ...is], run => run.path)
      const diff = printableDeep(diffRuns(was, is))
      io.stdout.write(
        options.json ? `${JSON.stringify(diff, null, 2)}\n` : diffWords(diff, widthOf(io.stdout)),
      )
      if (diff.verdict !== 'pass') throw new ExitStatus(EXIT[diff.verdict])
    })
}

async function runsIn(folder: string, io: Io) {
  const runs = []
  for (const path of findRuns(resolve(io.cwd, folder))) runs.push(await readRun(path))
  return runs
}
