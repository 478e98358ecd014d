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
  /** Pages of the documentation about it, the first one first: `help <topic>` shows them. */
  readonly topics: readonly [string, ...string[]]
  readonly load: () => Promise<{ register(program: Command, io: Io): void }>
}

/** One entry for each command, in the order of the help. Its file registers it. */
export const COMMANDS: readonly ListedCommand[] = [
  {
    name: 'doctor',
    term: 'doctor [options]',
    description: 'check what this machine has and lacks, and say how to get it',
    topics: ['installing'],
    load: () => import('./doctor.ts'),
  },
  {
    name: 'init',
    term: 'init [options] [folder]',
    description: 'write a drill and a contract of your own, by questions or from a cluster',
    topics: ['init', 'writing-a-drill'],
    load: () => import('./init.ts'),
  },
  {
    name: 'run',
    term: 'run [options] [drill]',
    description: 'run one drill: break, recover, replay, audit, judge',
    aliases: ['drill'],
    topics: ['writing-a-drill', 'live', 'scorecard'],
    load: () => import('./run.ts'),
  },
  {
    name: 'suite',
    term: 'suite [options] <file>',
    description: 'several drills, each on one platform or more: one verdict, in a budget of time',
    topics: ['ci'],
    load: () => import('./suite.ts'),
  },
  {
    name: 'lab',
    term: 'lab',
    description: 'a three-zone cluster on this machine that stays',
    topics: ['installing', 'tiered-storage', 'automq'],
    load: () => import('./lab.ts'),
  },
  {
    name: 'fleet',
    term: 'fleet [options]',
    description: 'drive one shard of a fleet against any Kafka, without breaking anything',
    topics: ['aws'],
    load: () => import('./fleet.ts'),
  },
  {
    name: 'heal',
    term: 'heal [options] [dir]',
    description: 'undo whatever a dead run left: its faults and its processes',
    topics: ['exit-codes'],
    load: () => import('./heal.ts'),
  },
  {
    name: 'aws',
    term: 'aws',
    description: 'a deployed environment as drills see it',
    topics: ['drills-on-aws'],
    load: () => import('./aws.ts'),
  },
  {
    name: 'compatibility',
    term: 'compatibility [options]',
    description: 'try what a fleet and its teams need of a platform, with clients that share no code',
    topics: ['compatibility'],
    load: () => import('./compatibility.ts'),
  },
  {
    name: 'agent',
    term: 'agent [options]',
    description: 'the prober on a node of a deployed environment: looks, and connects to brokers from there',
    topics: ['drills-on-aws'],
    load: () => import('./agent.ts'),
  },
  {
    name: 'contract',
    term: 'contract',
    description: 'what was promised about topics',
    topics: ['contract-check'],
    load: () => import('./contract.ts'),
  },
  {
    name: 'replay',
    term: 'replay',
    description: 'a replay that somebody asks for, another approves, and brokers enforce',
    topics: ['governed-replay'],
    load: () => import('./replay.ts'),
  },
  {
    name: 'gates',
    term: 'gates [options]',
    description: 'six gates over a contract, a workload and the newest runs: is the platform ready?',
    topics: ['gates'],
    load: () => import('./gates.ts'),
  },
  {
    name: 'audit',
    term: 'audit [options] [dir]',
    description: 'hold what was acknowledged against what is stored and what was read',
    topics: ['audit'],
    load: () => import('./audit.ts'),
  },
  {
    name: 'report',
    term: 'report <dir>',
    description: 'draw the report of a scored run again from its files; says when that breaks its seal',
    topics: ['scorecard'],
    load: () => import('./report.ts'),
  },
  {
    name: 'score',
    term: 'score [options] <dir>',
    description: 'measure and judge a run again from its files; says when that breaks its seal',
    topics: ['scorecard'],
    load: () => import('./score.ts'),
  },
  {
    name: 'cost',
    term: 'cost [options] [dir]',
    description: 'what a run moved and used, and what each platform would cost for a workload',
    topics: ['cost-model'],
    load: () => import('./cost.ts'),
  },
  {
    name: 'compare',
    term: 'compare [options] [dirs...]',
    description: 'the same drill on several platforms, side by side: behaviour, traffic and cost',
    topics: ['comparing'],
    load: () => import('./compare.ts'),
  },
  {
    name: 'runs',
    term: 'runs',
    description: 'the runs in a folder: list them, show one, remove some',
    topics: ['runs'],
    load: () => import('./runs.ts'),
  },
  {
    name: 'trend',
    term: 'trend [options] [folder]',
    description: 'over a folder of runs: did recovery get better or worse, with the versions on the axis',
    topics: ['runs'],
    load: () => import('./trend.ts'),
  },
  {
    name: 'diff',
    term: 'diff [options] <before> <after>',
    description: 'what got worse from one run of a drill to another, beyond the noise of repeats',
    topics: ['runs'],
    load: () => import('./diff.ts'),
  },
  {
    name: 'export',
    term: 'export [options] <dir>',
    description: 'samples and histories of a run in other people’s formats',
    topics: ['formats'],
    load: () => import('./export.ts'),
  },
  {
    name: 'prices',
    term: 'prices',
    description: 'the price table that bills are worked out from',
    topics: ['cost-model'],
    load: () => import('./prices.ts'),
  },
  {
    name: 'deploy',
    term: 'deploy [options]',
    description: 'show what an AWS environment would create and cost; with --yes, create it',
    topics: ['deploying'],
    load: () => import('./deploy.ts'),
  },
  {
    name: 'destroy',
    term: 'destroy [options]',
    description: 'show what of an AWS environment would be removed and what stays; with --yes, remove it',
    topics: ['deploying'],
    load: () => import('./destroy.ts'),
  },
  {
    name: 'fis',
    term: 'fis',
    description: 'drills as experiments of AWS Fault Injection Service',
    topics: ['fis'],
    load: () => import('./fis.ts'),
  },
  {
    name: 'gameday',
    term: 'gameday [options] [drill]',
    description: 'game days by a calendar, here or on AWS: plan, approve, run, list',
    topics: ['game-days'],
    load: () => import('./gameday.ts'),
  },
  {
    name: 'verify',
    term: 'verify [options] <dir or bundle>',
    description: 'verify a run offline: seal, signature, every file, every history, and the verdict anew',
    topics: ['verifying-evidence'],
    load: () => import('./verify.ts'),
  },
  {
    name: 'seal',
    term: 'seal [options] <dir>',
    description: 'seal a run as it is now, after scoring it again for example',
    topics: ['verifying-evidence'],
    load: () => import('./seal.ts'),
  },
  {
    name: 'keygen',
    term: 'keygen [options]',
    description: 'make an Ed25519 key to sign evidence with, and its public half to verify with',
    topics: ['verifying-evidence'],
    load: () => import('./keygen.ts'),
  },
  {
    name: 'schema',
    term: 'schema <kind>',
    description: 'print the JSON Schema (draft 2020-12) of a kind of file, for editors',
    topics: ['formats'],
    load: () => import('./schema.ts'),
  },
  {
    name: 'completion',
    term: 'completion <shell>',
    description: 'print what completes words of this program in a shell',
    topics: ['installing'],
    load: () => import('./completion.ts'),
  },
]

export const commandNamed = (name: string | undefined): ListedCommand | undefined =>
  COMMANDS.find(command => command.name === name || command.aliases?.includes(name ?? ''))
