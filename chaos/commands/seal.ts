import { resolve } from 'node:path'
import type { Command } from 'commander'
import { AftershockError } from '../core/errors.ts'
import { durationOf } from '../fleet/kept-topics.ts'
import { findAlive } from '../machine/process-table.ts'
import { sealRun } from '../seal/seal.ts'
import { readSealingKey } from '../seal/keys.ts'
import { readDeadRun } from '../run/dead-run.ts'
import { awsCli, storeOnce } from '../run/store-once.ts'
import { systemClock } from '../system-clock.ts'
import type { Io } from './io.ts'

export function register(program: Command, io: Io): void {
  program
    .command('seal')
    .argument('<dir>', 'the folder of a run')
    .description('seal a run as it is now, after scoring it again for example')
    .option('--key <file>', 'the private key to sign with; default: $AFTERSHOCK_KEY, else sealed unsigned')
    .option(
      '--store <uri>',
      'then put all of it, once, under s3://bucket/prefix/<run>/, where nobody changes or deletes it; needs the AWS CLI',
    )
    .option('--locked <duration>', 'for so long, in S3 Object Lock’s mode of compliance', '365d')
    .option('--json', 'print one JSON document')
    .action(async (dir: string, options: Options) => {
      const lockedMs = durationOf('--locked', options.locked, LONGEST_LOCK)
      const path = resolve(io.cwd, dir)
      refuseAliveRun(path)
      const report = await sealRun(path, sealingKey(options.key, io))
      for (const warning of report.warnings) io.stderr.write(`warning: ${warning}\n`)
      const stored = options.store === undefined ? {} : { stored: await store(path, options.store, lockedMs) }
      if (stored.stored !== undefined) io.stderr.write(`stored in ${stored.stored}\n`)
      io.stdout.write(
        options.json
          ? `${JSON.stringify({ ...report, ...stored }, null, 2)}\n`
          : `${report.bundle}: ${report.sentence}; verdict: ${report.verdict ?? 'none'}\n`,
      )
    })
}

interface Options {
  readonly key?: string
  readonly store?: string
  readonly locked: string
  readonly json?: true
}

/** A century, which is the most that S3 locks for. */
const LONGEST_LOCK = '36500d'
/** Of one file, over a slow way. */
const UPLOAD_MS = 3_600_000

/** What nobody can take back, an administrator neither. */
function store(dir: string, uri: string, lockedMs: number): Promise<string> {
  const until = new Date(systemClock.wallMs() + lockedMs).toISOString()
  return storeOnce(dir, uri, { aws: awsCli(UPLOAD_MS), lockedUntil: until })
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
