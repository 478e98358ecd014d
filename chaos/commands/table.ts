import type { Command } from 'commander'
import type { Io } from './io.ts'

/** What a command is in the list of all, which is printed without loading any of them. */
export interface ListedCommand {
  readonly name: string
  /** As the help has it: `run [options] [drill]`. */
  readonly term: string
  readonly description: string
  /** Others that it goes by. */
  readonly aliases?: readonly string[]
  readonly load: () => Promise<{ register(program: Command, io: Io): void }>
}

/** One entry for each command, in the order of the help. Its file registers it. */
export const COMMANDS: readonly ListedCommand[] = [
  {
    name: 'doctor',
    term: 'doctor [options]',
    description: 'check what this machine has and lacks, and say how to get it',
    load: () => import('./doctor.ts'),
  },
  {
    name: 'init',
    term: 'init [options] [folder]',
    description: 'write a drill and a contract of your own, by questions or from a cluster',
    load: () => import('./init.ts'),
  },
  {
    name: 'run',
    term: 'run [options] [drill]',
    description: 'run one drill: break, recover, replay, audit, judge',
    aliases: ['drill'],
    load: () => import('./run.ts'),
  },
  {
    name: 'suite',
    term: 'suite [options] <file>',
    description: 'several drills, each on one platform or more: one verdict, in a budget of time',
    load: () => import('./suite.ts'),
  },
  {
    name: 'lab',
    term: 'lab',
    description: 'a three-zone cluster on this machine that stays',
    load: () => import('./lab.ts'),
  },
  {
    name: 'fleet',
    term: 'fleet [options]',
    description: 'drive one shard of a fleet against any Kafka, without breaking anything',
    load: () => import('./fleet.ts'),
  },
  {
    name: 'heal',
    term: 'heal [options] [dir]',
    description: 'undo whatever a dead run left: its faults and its processes',
    load: () => import('./heal.ts'),
  },
  {
    name: 'aws',
    term: 'aws',
    description: 'a deployed environment as drills see it',
    load: () => import('./aws.ts'),
  },
  {
    name: 'compatibility',
    term: 'compatibility [options]',
    description: 'try what a fleet and its teams need of a platform, with clients that share no code',
    load: () => import('./compatibility.ts'),
  },
  {
    name: 'agent',
    term: 'agent [options]',
    description: 'the prober on a node of a deployed environment: looks, and connects to brokers from there',
    load: () => import('./agent.ts'),
  },
  {
    name: 'contract',
    term: 'contract',
    description: 'what was promised about topics',
    load: () => import('./contract.ts'),
  },
  {
    name: 'replay',
    term: 'replay',
    description: 'a replay that somebody asks for, another approves, and brokers enforce',
    load: () => import('./replay.ts'),
  },
  {
    name: 'gates',
    term: 'gates [options]',
    description: 'six gates over a contract, a workload and the newest runs: is the platform ready?',
    load: () => import('./gates.ts'),
  },
  {
    name: 'audit',
    term: 'audit [options] [dir]',
    description: 'hold what was acknowledged against what is stored and what was read',
    load: () => import('./audit.ts'),
  },
  {
    name: 'report',
    term: 'report <dir>',
    description: 'draw the report of a scored run again from its files; says when that breaks its seal',
    load: () => import('./report.ts'),
  },
  {
    name: 'score',
    term: 'score [options] <dir>',
    description: 'measure and judge a run again from its files; says when that breaks its seal',
    load: () => import('./score.ts'),
  },
  {
    name: 'cost',
    term: 'cost [options] [dir]',
    description: 'what a run moved and used, and what each platform would cost for a workload',
    load: () => import('./cost.ts'),
  },
  {
    name: 'compare',
    term: 'compare [options] [dirs...]',
    description: 'the same drill on several platforms, side by side: behaviour, traffic and cost',
    load: () => import('./compare.ts'),
  },
  {
    name: 'runs',
    term: 'runs',
    description: 'the runs in a folder: list them, show one, remove some',
    load: () => import('./runs.ts'),
  },
  {
    name: 'trend',
    term: 'trend [options] [folder]',
    description: 'over a folder of runs: did recovery get better or worse, with the versions on the axis',
    load: () => import('./trend.ts'),
  },
  {
    name: 'diff',
    term: 'diff [options] <before> <after>',
    description: 'what got worse from one run of a drill to another, beyond the noise of repeats',
    load: () => import('./diff.ts'),
  },
  {
    name: 'export',
    term: 'export [options] <dir>',
    description: 'samples and histories of a run in other people’s formats',
    load: () => import('./export.ts'),
  },
  {
    name: 'prices',
    term: 'prices',
    description: 'the price table that bills are worked out from',
    load: () => import('./prices.ts'),
  },
  {
    name: 'deploy',
    term: 'deploy [options]',
    description: 'show what an AWS environment would create and cost; with --yes, create it',
    load: () => import('./deploy.ts'),
  },
  {
    name: 'destroy',
    term: 'destroy [options]',
    description: 'show what of an AWS environment would be removed and what stays; with --yes, remove it',
    load: () => import('./destroy.ts'),
  },
  {
    name: 'fis',
    term: 'fis',
    description: 'drills as experiments of AWS Fault Injection Service',
    load: () => import('./fis.ts'),
  },
  {
    name: 'gameday',
    term: 'gameday [options] [drill]',
    description: 'game days by a calendar, here or on AWS: plan, approve, run, list',
    load: () => import('./gameday.ts'),
  },
  {
    name: 'verify',
    term: 'verify [options] <dir or bundle>',
    description: 'verify a run offline: seal, signature, every file, every history, and the verdict anew',
    load: () => import('./verify.ts'),
  },
  {
    name: 'seal',
    term: 'seal [options] <dir>',
    description: 'seal a run as it is now, after scoring it again for example',
    load: () => import('./seal.ts'),
  },
  {
    name: 'keygen',
    term: 'keygen [options]',
    description: 'make an Ed25519 key to sign evidence with, and its public half to verify with',
    load: () => import('./keygen.ts'),
  },
  {
    name: 'schema',
    term: 'schema <kind>',
    description: 'print the JSON Schema (draft 2020-12) of a kind of file, for editors',
    load: () => import('./schema.ts'),
  },
  {
    name: 'completion',
    term: 'completion <shell>',
    description: 'print what completes words of this program in a shell',
    load: () => import('./completion.ts'),
  },
]

export const commandNamed = (name: string | undefined): ListedCommand | undefined =>
  COMMANDS.find(command => command.name === name || command.aliases?.includes(name ?? ''))
