import { resolve } from 'node:path'
import type { Command } from 'commander'
import { EXIT } from '../core/exit-codes.ts'
import { printableDeep } from '../core/printable.ts'
import { verifyRun } from '../judge/verify.ts'
import { verifyWords } from '../judge/verify-words.ts'
import { ExitStatus, type Io } from './io.ts'

export function register(program: Command, io: Io): void {
  program
    .command('verify')
    .argument('<dir or bundle>', 'the folder of a run, or the bundle.json in it')
    .description('verify a run offline: seal, signature, every file, every history, and the verdict anew')
    .option(
      '--key <file>',
      'the public key (PEM) that must have signed; without it the signer is not checked',
    )
    .option('--quick', 'leave out deriving the verdict again')
    .option('--json', 'print one JSON document')
    .action(async (path: string, options: { key?: string; quick?: true; json?: true }) => {
      if (io.isTerminal) io.stderr.write('checking every file, then judging again from them\n')
      const report = await verifyRun(resolve(io.cwd, path), {
        ...(options.key !== undefined && { publicKey: resolve(io.cwd, options.key) }),
        quick: options.quick ?? false,
      })
      io.stdout.write(
        options.json ? `${JSON.stringify(report, null, 2)}\n` : verifyWords(printableDeep(report)),
      )
      if (!report.ok) throw new ExitStatus(EXIT.unverified)
    })
}
