import { existsSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import type { Command } from 'commander'
import { AftershockError } from '../core/errors.ts'
import type { CostReport } from '../cost/cost-report.ts'
import { printCost } from '../cost/print-cost.ts'
import { costOfRun, costWithoutRun, inputsOf, loadInputs } from '../cost/write-cost.ts'
import { printableDeep } from '../core/printable.ts'
import { withinWidth } from '../core/wrapped.ts'
import { COST_FILE, costText, isCostFile, writeCost } from '../record/cost-file.ts'
import { BUNDLE } from '../seal/seal.ts'
import { digestOfText, sealedDigests, sealNotice } from '../seal/notice.ts'
import { refuseOtherFile } from '../out-place.ts'
import { systemClock } from '../system-clock.ts'
import { type Io, widthOf } from './io.ts'

interface Options {
  readonly workload?: string
  readonly prices?: string
  readonly out?: string
  readonly json?: true
}

export function register(program: Command, io: Io): void {
  program
    .command('cost')
    .description('what a run moved and used, and what each platform would cost for a workload')
    .argument(
      '[dir]',
      'the folder of a run; its cost.json is written again, from the workload and prices in it. Without it: only the bill',
    )
    .option('--workload <file>', 'your workload (chaos/cost/workloads/fleet.yaml shows one)')
    .option('--prices <file>', 'your price table, in the format of `aftershock prices list --json`')
    .option('--out <file>', 'write the result there; with --workload or --prices nothing else is written')
    .option('--json', 'cost.json on standard output')
    .addHelpText(
      'after',
      '\nA run that is sealed stays sealed: its cost.json is written again only where that gives the sealed bytes.',
    )
    .action(async (dir: string | undefined, options: Options) => {
      const at = (path: string | undefined) => (path === undefined ? undefined : resolve(io.cwd, path))
      const pricing = { workload: at(options.workload), prices: at(options.prices) }
      const runDir = at(dir)
      const isOwn = pricing.workload !== undefined || pricing.prices !== undefined
      const report =
        runDir === undefined
          ? await costWithoutRun(pricing, systemClock.wallMs())
          : await costOfRun(runDir, await (isOwn ? loadInputs(pricing) : inputsOf(runDir)))
      const out = at(options.out)
      const said =
        out !== undefined
          ? await writeElsewhere(out, report, runDir)
          : runDir === undefined
            ? null
            : isOwn
              ? `${named(runDir, io)} is as it was; --out FILE writes this result\n`
              : await writeIntoRun(runDir, report, io)
      if (said !== null) io.stderr.write(said)
      io.stdout.write(
        options.json ? costText(report) : withinWidth(printCost(printableDeep(report)), widthOf(io.stdout)),
      )
    })
}

async function writeElsewhere(
  out: string,
  report: CostReport,
  runDir: string | undefined,
): Promise<string | null> {
  refuseOtherFile(out, COST_FILE, isCostFile)
  if (basename(out) !== COST_FILE && existsSync(join(dirname(out), BUNDLE)))
    throw new AftershockError('refused', `${out} is in the folder of a sealed run, whose seal would break`, {
      hint: 'choose another with --out',
    })
  writeCost(out, report)
  return runDir !== undefined && out === join(runDir, COST_FILE) ? sealNotice(runDir, [COST_FILE]) : null
}

/** A seal is worth more than a price of today. */
async function writeIntoRun(runDir: string, report: CostReport, io: Io): Promise<string | null> {
  const sealed = await sealedDigests(runDir)
  if (sealed && sealed.get(COST_FILE) !== digestOfText(costText(report))) {
    const why = sealed.has(COST_FILE) ? 'this version gives another cost.json' : 'without a cost.json'
    return (
      `the run is sealed, and ${why}: nothing was written; ` +
      `--out ${named(runDir, io)} writes it, and \`aftershock seal\` seals it anew\n`
    )
  }
  writeCost(join(runDir, COST_FILE), report)
  return null
}

function named(runDir: string, io: Io): string {
  return relative(io.cwd, join(runDir, COST_FILE))
}
