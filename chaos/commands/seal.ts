import { resolve } from 'node:path'
import type { Command } from 'commander'
import { sealRun } from '../evidence/seal.ts'
import type { Io } from './io.ts'

export function register(program: Command, io: Io): void {
  program
    .command('seal')
    .argument('<dir>', 'the folder of a run')
    .description('seal a run as it is now, after scoring it again for example')
    .option('--key <FILE>', 'the private key to sign with; default: $AFTERSHOCK_KEY, else sealed unsigned')
    .option('--json', 'print one JSON document')
    .action(async (dir: string, options: { key?: string; json?: true }) => {
      const report = await sealRun(resolve(io.cwd, dir), sealingKey(options.key, io))
      for (const warning of report.warnings) io.stderr.write(`warning: ${warning}\n`)
      io.stdout.write(
        options.json
          ? `${JSON.stringify(report, null, 2)}\n`
          : `${report.bundle}: ${report.sentence}; verdict: ${report.verdict ?? 'none'}\n`,
      )
    })
}

/** The key that a command signs with: the one that was named, else the environment's, else none. */
export function sealingKey(named: string | undefined, io: Io): { readonly key?: string } {
  const key = named ?? io.env.AFTERSHOCK_KEY
  return key === undefined || key === '' ? {} : { key: resolve(io.cwd, key) }
}
