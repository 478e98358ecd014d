import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import { type Contract, DATA_CLASSES } from '../core/contract.ts'
import { AftershockError } from '../core/errors.ts'
import { plural } from '../core/numbers.ts'
import { printableDeep } from '../core/printable.ts'
import { shellWord } from '../core/shell-word.ts'
import { checkContractText, drillText } from '../drill/draft-drill.ts'
import { loadDrill } from '../drill/load-drill.ts'
import { shownPath } from '../drill/shipped-drills.ts'
import { observe } from '../governance/check-contract.ts'
import {
  BLANK,
  contractText,
  type DraftTopic,
  fleetTopics,
  observedDraft,
} from '../governance/draft-contract.ts'
import { bootstrapServers } from '../kafka/bootstrap-servers.ts'
import { brokerLogin } from '../kafka/broker-login.ts'
import { writeText } from '../record/bounded-files.ts'
import { shippedContract } from '../shipped-contract.ts'
import { systemClock } from '../system-clock.ts'
import { interruption } from './interruption.ts'
import type { Io } from './io.ts'

interface Options {
  readonly bootstrap?: string
  readonly drill?: string
  readonly topics?: string
  readonly yes?: true
}

interface Answers {
  readonly name: string
  readonly from: string
  readonly devices: number | null
  readonly owner: string | undefined
  readonly incidentContact: string | undefined
  readonly replayApprover: string | undefined
}

/** Asks one question; an empty answer is the one that was offered. */
export type Ask = (question: string, offered: string) => Promise<string>

export function register(program: Command, io: Io, ask?: Ask): void {
  program
    .command('init')
    .description('write a drill and a contract of your own, by questions or from a cluster')
    .argument('[folder]', 'where to', '.')
    .option(
      '--bootstrap <host:port,…>',
      'a cluster whose topics become the contract; nothing is changed there',
    )
    .option('--topics <names>', 'with --bootstrap: these topics only, with commas between them')
    .option('--drill <name>', 'the shipped drill that yours begins as')
    .option('--yes', 'ask nothing, and take what is offered')
    .addHelpText(
      'after',
      `
Writes a drill by its name and contract.yaml, and with --bootstrap topics.yaml, which has every topic of the cluster. What only
people know is marked ${BLANK}; \`aftershock contract check\` fails on it. Files that are there are never written over.
Brokers that want a login: as for \`aftershock contract check\`.`,
    )
    .action(async (folder: string, options: Options) => init(folder, options, io, ask))
}

async function init(folder: string, options: Options, io: Io, given?: Ask): Promise<void> {
  const dir = resolve(io.cwd, folder)
  refuseTaken(dir, ['contract.yaml', ...(options.bootstrap === undefined ? [] : ['topics.yaml'])], io)
  if (options.topics !== undefined && options.bootstrap === undefined)
    throw new AftershockError('usage', '--topics goes with --bootstrap', {
      hint: 'Without a cluster the topics are asked for, or stand in contract.yaml to be changed.',
    })
  const observed =
    options.bootstrap === undefined ? [] : await topicsOf(options.bootstrap, options.topics, io)
  const isAsking = !options.yes && (given !== undefined || (process.stdin.isTTY && io.isTerminal))
  const answers = await answersOf(
    options,
    isAsking ? (given ?? terminalAsk(io)) : async (_question, offered) => offered,
  )
  refuseTaken(dir, [`${answers.name}.yaml`], io)
  await write(dir, { observed, answers, bootstrap: options.bootstrap }, io)
}

function refuseTaken(dir: string, files: readonly string[], { cwd }: Io): void {
  const taken = files.find(file => existsSync(join(dir, file)))
  if (taken !== undefined)
    throw new AftershockError('refused', `${shownPath(join(dir, taken), cwd)} is there already`, {
      hint: 'Name another folder, or move that file away: nothing is written over.',
    })
}

async function answersOf(options: Options, ask: Ask): Promise<Answers> {
  const from = options.drill ?? (options.bootstrap === undefined ? 'broker-kill' : 'attach')
  const name = await ask('What is your drill called?', 'mine')
  if (!/^[a-z0-9][a-z0-9-]*$/.test(name))
    throw new AftershockError('usage', `a drill cannot be called '${name}'`, {
      hint: 'It has small letters, digits and hyphens, like first-outage.',
    })
  const begins = await ask('Which shipped drill does it begin as?', from)
  const devices = await ask('How many devices send?', 'as there')
  if (devices !== 'as there' && !/^[1-9]\d{0,6}$/.test(devices))
    throw new AftershockError('usage', `'${devices}' is no number of devices`, {
      hint: 'It is a whole number from 1 on, or nothing: as the shipped drill has it.',
    })
  const person = async (question: string) => {
    const answer = await ask(question, BLANK)
    return answer === BLANK ? undefined : answer
  }
  return {
    name,
    from: begins,
    devices: devices === 'as there' ? null : Number(devices),
    owner: await person('Which team answers for the topics?'),
    incidentContact: await person('Who is called when they break?'),
    replayApprover: await person('Who may approve a replay?'),
  }
}

function terminalAsk(io: Io): Ask {
  return async (question, offered) => {
    const lines = createInterface({ input: process.stdin, terminal: false })
    try {
      io.stderr.write(`${question} [${offered}] `)
      const { value } = (await lines[Symbol.asyncIterator]().next()) as { readonly value?: string }
      return value?.trim() || offered
    } finally {
      lines.close()
    }
  }
}

async function topicsOf(bootstrap: string, only: string | undefined, io: Io): Promise<DraftTopic[]> {
  using stop = interruption('Nothing was written.', io.stderr)
  const look = (names: readonly string[]) => {
    const nothing = {
      contract: 'draft',
      topics: Object.fromEntries(names.map(name => [name, { replayWindow: 0 }])),
    }
    return observe(nothing as unknown as Contract, {
      bootstrap: bootstrapServers(bootstrap),
      login: brokerLogin(io.env),
      watchMs: 0,
      clock: systemClock,
      signal: stop.signal,
      progress: line => {
        if (io.isTerminal) io.stderr.write(`${line}\n`)
      },
    })
  }
  const { uncovered } = await look([])
  const wanted = only?.split(',').map(name => name.trim())
  const absent = wanted?.find(name => !uncovered.includes(name))
  if (absent !== undefined)
    throw new AftershockError('input', `the cluster has no topic ${absent}`, {
      hint: `It has: ${uncovered.slice(0, 40).join(', ') || 'none'}${uncovered.length > 40 ? ', …' : ''}`,
    })
  const names = wanted ?? uncovered
  if (names.length === 0)
    throw new AftershockError('input', 'the cluster has no topic, so there is nothing to promise', {
      hint: 'Without --bootstrap a contract is written that you change to what you will have.',
    })
  const { topics } = await look(names)
  return [...topics].map(([name, topic]) => observedDraft(name, topic))
}

/** What connectors and processors make of the topics: as the shipped contract has it. */
function derivedText(topics: Readonly<Record<string, string>>): string {
  const { topics: shipped, derivedTopics = {} } = shippedContract()
  const lines = Object.entries(derivedTopics).map(
    ([derived, { like }]) => `  ${derived}: { like: ${topics[shipped[like]?.dataClass ?? ''] ?? like} }`,
  )
  return [
    '# What connectors and processors make of them, in a drill that has some.',
    'derivedTopics:',
    ...lines,
    '',
  ].join('\n')
}

interface Draft {
  readonly observed: readonly DraftTopic[]
  readonly answers: Answers
  readonly bootstrap: string | undefined
}

async function write(dir: string, { observed, answers, bootstrap }: Draft, io: Io): Promise<void> {
  const { name, from, devices } = answers
  const fleet = fleetTopics(observed)
  const topics = Object.fromEntries(DATA_CLASSES.map((of, index) => [of, fleet[index]?.name ?? of]))
  const drill = await drillText({ from, name, contract: 'contract.yaml', devices, topics }, io.cwd)
  const promised = contractText(
    name,
    fleet,
    [
      'The topics that a drill writes, one for each class of data, and what was promised about them.',
      `${BLANK}: only people know. \`aftershock contract check\` fails on it.`,
    ],
    answers,
  )
  const contract = `${promised}\n${derivedText(topics)}`
  checkContractText(contract, 'contract.yaml', true)
  const all = contractText(
    'topics',
    observed,
    [
      'Every topic of the cluster as it is, to be made a contract:',
      '  aftershock contract check topics.yaml --bootstrap HOST:PORT',
      `${BLANK}: only people know. Classes of data are guesses.`,
    ],
    answers,
  )
  if (observed.length > 0) checkContractText(all, 'topics.yaml', false)
  const written = (file: string) => shownPath(join(dir, file), io.cwd)
  mkdirSync(dir, { recursive: true })
  const files = {
    'contract.yaml': contract,
    [`${name}.yaml`]: drill,
    ...(observed.length > 0 && { 'topics.yaml': all }),
  }
  for (const [file, text] of Object.entries(files)) writeText(join(dir, file), text)
  // A drill may rest on a topic of the shipped contract in a way that yours does not allow.
  const loaded = await loadDrill(join(dir, `${name}.yaml`), io.cwd).catch((error: unknown) => {
    for (const file of Object.keys(files)) rmSync(join(dir, file), { force: true })
    throw error
  })
  const blanks = contract.split(BLANK).length - 2
  const path = `./${relative(io.cwd, join(dir, `${name}.yaml`))}`
  const on = bootstrap === undefined ? '' : ` --driver attach --bootstrap ${shellWord(bootstrap)}`
  const lines = [
    `${written(`${name}.yaml`)}   ${loaded.drill.title}`,
    `${written('contract.yaml')}   four topics, ${plural(blanks, 'blank')} marked ${BLANK}`,
    ...(observed.length > 0
      ? [`${written('topics.yaml')}   ${plural(observed.length, 'topic')} of the cluster as they are`]
      : []),
    `Next: aftershock run ${shellWord(path)}${on} --plan`,
  ]
  io.stdout.write(`${printableDeep(lines).join('\n')}\n`)
}
