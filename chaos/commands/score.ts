import { resolve } from 'node:path'
import type { Command } from 'commander'
import { EXIT } from '../core/exit-codes.ts'
import { printableDeep } from '../core/printable.ts'
import { sealNotice } from '../seal/notice.ts'
import { renderScorecard } from '../report/terminal.ts'
import { scoreRun } from '../score/score.ts'
import { ExitStatus, type Io, widthOf } from './io.ts'

export function register(program: Command, io: Io): void {
  program
    .command('score')
    .description('measure and judge a run again from its files; says when that breaks its seal')
    .argument('<dir>', 'the folder of a run')
    .option('--json', 'the scorecard as one JSON document on standard output')
    .action(async (dir: string, options: { readonly json?: true }) => {
      const runDir = resolve(io.cwd, dir)
      const scorecard = await scoreRun(runDir)
      const notice = await sealNotice(runDir, ['measurements.json', 'scorecard.json'])
      if (notice !== null) io.stderr.write(notice)
      if (options.json) io.stdout.write(`${JSON.stringify(scorecard)}\n`)
      else {
        const style = { color: true, width: widthOf(io.stdout) }
        io.stdout.write(renderScorecard(printableDeep(scorecard), style), 'painted')
      }
      throw new ExitStatus(EXIT[scorecard.verdict])
    })
}
