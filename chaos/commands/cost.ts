import { resolve } from 'node:path'
import type { Command } from 'commander'
import { printCost } from '../cost/print-cost.ts'
import { costRun } from '../cost/write-cost.ts'
import { systemClock } from '../system-clock.ts'
import type { Io } from './io.ts'

interface Options {
  readonly workload?: string
  readonly prices?: string
  readonly json?: true
}

export function register(program: Command, io: Io): void {
  program
    .command('cost')
    .description('what a run moved and used, and what each platform would cost for a workload')
    .argument('[dir]', 'the folder of a run; its cost.json is written again. Without it: only the bill')
    .option('--workload <file>', 'your workload (chaos/cost/workloads/fleet.yaml shows one)')
    .option('--prices <file>', 'your price table, in the format of `aftershock prices list --json`')
    .option('--json', 'cost.json on standard output')
    .action(async (dir: string | undefined, options: Options) => {
      const at = (path: string | undefined) => (path === undefined ? undefined : resolve(io.cwd, path))
      const report = await costRun({
        runDir: at(dir),
        workload: at(options.workload),
        prices: at(options.prices),
        atWallMs: systemClock.wallMs(),
      })
      io.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : printCost(report))
    })
}
