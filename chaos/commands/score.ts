import { resolve } from 'node:path'
import type { Command } from 'commander'
import { EXIT } from '../core/exit-codes.ts'
import { printableDeep } from '../core/printable.ts'
import { sealNotice } from '../seal/notice.ts'
import { renderScorecard } from '../report/terminal.ts'
import { scoreRun } from '../score/score.ts'
import { addCiOptions, type CiOptions, shortText, writeCiFiles } from './ci-output.ts'
import { ExitStatus, type Io, widthOf } from './io.ts'

export function register(program: Command, io: Io): void {
  const command = program
    .command('score')
    .description('measure and judge a run again from its files; says when that breaks its seal')
    .argument('<dir>', 'the folder of a run')
    .option('--json', 'the scorecard as one JSON document on standard output')
  addCiOptions(command).action(async (dir: string, options: CiOptions & { readonly json?: true }) => {
    const runDir = resolve(io.cwd, dir)
    const scorecard = await scoreRun(runDir)
    const notice = await sealNotice(runDir, ['measurements.json', 'scorecard.json'])
    if (notice !== null) io.stderr.write(notice)
    const short = shortText(scorecard, runDir, options, io)
    if (options.json) io.stdout.write(`${JSON.stringify(scorecard)}\n`)
    else if (short !== null) io.stdout.write(short)
    else {
      const style = { color: true, width: widthOf(io.stdout) }
      io.stdout.write(renderScorecard(printableDeep(scorecard), style), 'painted')
    }
    writeCiFiles(scorecard, runDir, options, io)
    throw new ExitStatus(EXIT[scorecard.verdict])
  })
}
