import { resolve } from 'node:path'
import type { Command } from 'commander'
import { EXIT } from '../core/exit-codes.ts'
import { sealNotice } from '../evidence/seal-notice.ts'
import { renderScorecard } from '../report/terminal.ts'
import { scoreRun } from '../score/score.ts'
import { ExitStatus, type Io } from './io.ts'

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
      io.stdout.write(
        options.json
          ? `${JSON.stringify(scorecard)}\n`
          : renderScorecard(scorecard, { color: io.isTerminal, width: 100 }),
      )
      throw new ExitStatus(EXIT[scorecard.verdict])
    })
}
