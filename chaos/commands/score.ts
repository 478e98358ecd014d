import { resolve } from 'node:path'
import type { Command } from 'commander'
import { EXIT } from '../core/exit-codes.ts'
import { renderScorecard } from '../report/terminal.ts'
import { scoreRun } from '../score/score.ts'
import { ExitStatus, type Io } from './io.ts'

export function register(program: Command, io: Io): void {
  program
    .command('score')
    .description('measure and judge a run again from its files')
    .argument('<dir>', 'the folder of a run')
    .option('--json', 'the scorecard as one JSON document on standard output')
    .action(async (dir: string, options: { readonly json?: true }) => {
      const scorecard = await scoreRun(resolve(io.cwd, dir))
      io.stdout.write(
        options.json
          ? `${JSON.stringify(scorecard)}\n`
          : renderScorecard(scorecard, { color: io.isTerminal, width: 100 }),
      )
      throw new ExitStatus(EXIT[scorecard.verdict])
    })
}
