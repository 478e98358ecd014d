import { resolve } from 'node:path'
import type { Command } from 'commander'
import { AftershockError } from '../core/errors.ts'
import { findAlive } from '../machine/process-table.ts'
import { sealRun } from '../seal/seal.ts'
import { readSealingKey } from '../seal/keys.ts'
import { readDeadRun } from '../run/dead-run.ts'
import type { Io } from './io.ts'

export function register(program: Command, io: Io): void {
  program
    .command('seal')
    .argument('<dir>', 'the folder of a run')
    .description('seal a run as it is now, after scoring it again for example')
    .option('--key <file>', 'the private key to sign with; default: $AFTERSHOCK_KEY, else sealed unsigned')
    .option('--json', 'print one JSON document')
    .action(async (dir: string, options: { key?: string; json?: true }) => {
      const path = resolve(io.cwd, dir)
      refuseAliveRun(path)
      const report = await sealRun(path, sealingKey(options.key, io))
      for (const warning of report.warnings) io.stderr.write(`warning: ${warning}\n`)
      io.stdout.write(
        options.json
          ? `${JSON.stringify(report, null, 2)}\n`
          : `${report.bundle}: ${report.sentence}; verdict: ${report.verdict ?? 'none'}\n`,
      )
    })
}

/** A seal over a folder that is still being written to would be broken a moment later. */
function refuseAliveRun(dir: string): void {
  const { runner } = readDeadRun(dir)
  if (!findAlive(runner)) return
  throw new AftershockError('refused', `the run is alive, as process ${runner.pid}`, {
    hint: 'it is sealed when it ends',
  })
}

/** The key that a command signs with: the one that was named, else the environment's, else none. */
export function sealingKey(named: string | undefined, io: Io): { readonly key?: string } {
  const key = named ?? io.env.AFTERSHOCK_KEY
  if (key === undefined || key === '') return {}
  const path = resolve(io.cwd, key)
  // Now, and not only at the end of a run.
  readSealingKey(path)
  return { key: path }
}
