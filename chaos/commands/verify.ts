import { resolve } from 'node:path'
import type { Command } from 'commander'
import { EXIT } from '../core/exit-codes.ts'
import { printableDeep } from '../core/printable.ts'
import { type VerifyOptions, type VerifyReport, verifyRun } from '../judge/verify.ts'
import { verifyWords } from '../judge/verify-words.ts'
import { systemClock } from '../system-clock.ts'
import { fetchStored, isStored } from '../run/fetch-stored.ts'
import { ExitStatus, type Io } from './io.ts'

export function register(program: Command, io: Io): void {
  program
    .command('verify')
    .argument(
      '<dir or bundle>',
      'the folder of a run, or the bundle.json in it; or s3://bucket/prefix/<run>/, where `seal --store` put it',
    )
    .description('verify a run offline: seal, signature, every file, every history, and the verdict anew')
    .option(
      '--key <file>',
      'the public key (PEM) that must have signed; without it the signer is not checked',
    )
    .option('--quick', 'leave out deriving the verdict again')
    .option('--json', 'print one JSON document')
    .action(async (path: string, options: { key?: string; quick?: true; json?: true }) => {
      if (io.isTerminal) io.stderr.write('checking every file, then judging again from them\n')
      const how = {
        ...(options.key !== undefined && { publicKey: resolve(io.cwd, options.key) }),
        quick: options.quick ?? false,
      }
      const report = isStored(path)
        ? await verifyStored(path, how)
        : await verifyRun(resolve(io.cwd, path), how)
      io.stdout.write(
        options.json ? `${JSON.stringify(report, null, 2)}\n` : verifyWords(printableDeep(report)),
      )
      if (!report.ok) throw new ExitStatus(EXIT.unverified)
    })
}

/** Fetched into a folder that goes again. Who locked what, and until when, is a note: the seal speaks for the content. */
async function verifyStored(uri: string, how: VerifyOptions): Promise<VerifyReport> {
  using stored = await fetchStored(uri, systemClock)
  const report = await verifyRun(stored.dir, how)
  return { ...report, dir: stored.uri, notes: [...report.notes, stored.locked] }
}
