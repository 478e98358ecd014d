import { existsSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { readEnvelope, readPeople } from '../approvals/approval-files.ts'
import { AftershockError, messageOf } from '../core/errors.ts'
import { EXIT } from '../core/exit-codes.ts'
import { printableDeep } from '../core/printable.ts'
import { shellWord } from '../core/shell-word.ts'
import { formatDuration } from '../core/units.ts'
import { loadDrill } from '../drill/load-drill.ts'
import { environmentOf } from '../drivers/index.ts'
import { plannedOutline } from '../drivers/planned.ts'
import { beyondRadius } from '../gameday/blast-radius.ts'
import { type Calendar, digestOfDay, type GameDay, loadCalendar } from '../gameday/calendar.ts'
import { approveDay, judgeApproval } from '../gameday/day-approval.ts'
import { readDays } from '../gameday/day-record.ts'
import { icsOf } from '../gameday/ics.ts'
import { recoveryOverDays } from '../gameday/over-days.ts'
import { type CheckedDay, HERE, PLATFORM, refuseBeyond } from './checked-day.ts'
import { type DeployedPlace, deployedEnvironment } from './deployed-environment.ts'
import type { DeploymentParts } from './deployment.ts'
import { againstDeployed, approveThere, listDeployed, refuseElsewhere } from './gameday-deployed.ts'
import { readGivenPlace } from './given-place.ts'
import { addEphemeralOptions, type EphemeralFlags, ephemeralDay } from './ephemeral-day.ts'
import { refuseTaken } from '../out-place.ts'
import { aligned } from '../page/text-table.ts'
import { verdictSign, verdictWord } from '../page/verdict-chip.ts'
import { writeText } from '../record/bounded-files.ts'
import { formatEnvelope } from '../seal/dsse.ts'
import { readSealingKey } from '../seal/keys.ts'
import { systemClock } from '../system-clock.ts'
import { ExitStatus, type Io } from './io.ts'

const CALENDAR = 'gamedays.yaml'
const FOLDER = 'gamedays'

export function registerCalendar(gameday: Command, io: Io, parts: DeploymentParts): void {
  // What comes after the name of a subcommand is that one's own: some options are called alike.
  gameday.parent?.enablePositionalOptions()
  gameday.enablePositionalOptions()
  gameday
    .command('plan')
    .description(
      'the days of a calendar: what is to be broken, by whom, and what it may cost; exits 75 when one may not be',
    )
    .option('--calendar <file>', 'the calendar', CALENDAR)
    .option('--ics <file>', 'write it for the calendars of people too')
    .option('--environment <name>', 'and say what is scheduled in that one, and differs')
    .option('--json', 'one JSON document')
    .action(async (options: PlanOptions) => plan(options, io))
  gameday
    .command('approve')
    .argument('<day>', 'its id')
    .description(
      'approve a day and its drill as they are now, in the name of one of its approvers; nothing is run',
    )
    .requiredOption('--as <name>', 'who approves')
    .requiredOption('--key <file>', 'their private key (`aftershock keygen`)')
    .option('--calendar <file>', 'the calendar', CALENDAR)
    .option('--out <file>', 'the approval (default: <day>.approval.json)')
    .option('--environment <name>', 'and give it to the day that waits there, or will')
    .action(async (day: string, options: ApproveOptions) => approve(day, options, io))
  addEphemeralOptions(
    gameday
      .command('run')
      .argument('<day>', 'its id')
      .description('run the drill of a day, if it may be run now, and write down what came of it')
      .option('--calendar <file>', 'the calendar', CALENDAR)
      .option('--now', 'although its window is not open: to try it out')
      .option('--approval <file>', 'where an approval is needed (default: <day>.approval.json)')
      .option('--people <dir>', 'public keys of approvers, NAME.pub each', 'people')
      .option('--out <dir>', 'where game days are kept, a folder for each', FOLDER)
      .option('--key <file>', 'sign the evidence with this private key; default: $AFTERSHOCK_KEY')
      .option(
        '--command-config <file>',
        'client properties, for an environment on AWS where brokers want a login',
      )
      // For whoever attends a day that began by a schedule: gameday-attend.ts.
      .addOption(new Option('--held-for <run>').hideHelp())
      .addOption(new Option('--place <file>').hideHelp()),
  ).action(async (day: string, options: RunOptions) => run(day, options, io, parts))
  gameday
    .command('list')
    .description('the game days that were, and whether recovery got better over them')
    .argument('[folder]', 'where they are kept', FOLDER)
    .option('--environment <name>', 'instead, the game days that a deployed environment begins by itself')
    .option('--json', 'one JSON document')
    .action(async (folder: string, options: ListOptions) => {
      if (options.environment === undefined) list(folder, options, io)
      else await listDeployed(await deployedEnvironment(options.environment, io), options.json === true, io)
    })
}

interface ListOptions {
  readonly environment?: string
  readonly json?: true
}
interface PlanOptions {
  readonly calendar: string
  readonly environment?: string
  readonly ics?: string
  readonly json?: true
}
interface ApproveOptions {
  readonly calendar: string
  readonly as: string
  readonly key: string
  readonly out?: string
  readonly environment?: string
}
interface RunOptions extends EphemeralFlags {
  readonly calendar: string
  readonly now?: true
  readonly approval?: string
  readonly people: string
  readonly out: string
  readonly key?: string
  readonly commandConfig?: string
  readonly ephemeral?: true
  readonly heldFor?: string
  readonly place?: string
}

/** Where environments come from, besides those that a calendar names by a name or file of their own. */
interface Places {
  /** What a deployment gave its runner of one. */
  readonly place?: string | undefined
  /** One that is named on the command line, whatever a calendar calls it. */
  readonly environment?: DeployedPlace | null
}

async function checked(calendar: Calendar, day: GameDay, places: Places = {}): Promise<CheckedDay> {
  const loaded = await loadDrill(day.drill, dirname(calendar.path))
  const place = day.environment === HERE ? null : await placeOf(day, dirname(calendar.path), places)
  const { topology } = place ? plannedOutline(place) : environmentOf('local').outline(loaded.drill, PLATFORM)
  return {
    day,
    loaded,
    place,
    digest: digestOfDay(day, loaded.sha256),
    against: beyondRadius(loaded.drill, topology, day.blastRadius),
  }
}

/** What is deployed by such a file, whether or not it can be reached from here. */
async function placeOf({ environment }: GameDay, cwd: string, places: Places): Promise<DeployedPlace> {
  if (places.place !== undefined) return readGivenPlace(places.place, cwd, environment)
  if (places.environment?.environment === environment) return places.environment
  return deployedEnvironment(environment, { cwd })
}

async function named(environment: string | undefined, io: Io): Promise<DeployedPlace | null> {
  return environment === undefined ? null : deployedEnvironment(environment, io)
}

async function read(file: string, io: Io): Promise<Calendar> {
  const path = resolve(io.cwd, file)
  if (existsSync(path)) return loadCalendar(path, file)
  throw new AftershockError('input', `there is no calendar ${file}`, {
    hint: 'Name one with --calendar. docs/game-days.md has an example, and `aftershock schema gamedays` every key.',
  })
}

async function dayOf(
  id: string,
  file: string,
  io: Io,
  places: Places = {},
): Promise<{ calendar: Calendar; day: CheckedDay }> {
  const calendar = await read(file, io)
  const day = calendar.days.find(one => one.id === id)
  if (day) return { calendar, day: await checked(calendar, day, places) }
  throw new AftershockError('usage', `${file} has no game day ${id}`, {
    hint: `it has ${calendar.days.map(one => one.id).join(', ')}`,
  })
}

async function plan(options: PlanOptions, io: Io): Promise<void> {
  const calendar = await read(options.calendar, io)
  const environment = await named(options.environment, io)
  const days = []
  for (const day of calendar.days) days.push(await checked(calendar, day, { environment }))
  if (options.ics !== undefined) {
    const path = resolve(io.cwd, options.ics)
    refuseTaken(path)
    writeText(path, icsOf(calendar))
    io.stderr.write(`${options.ics}: ${calendar.days.length} game days\n`)
  }
  const against = days.filter(one => one.against.length > 0)
  const there = environment && (await againstDeployed(calendar, environment))
  if (options.json)
    io.stdout.write(
      `${JSON.stringify({ calendar: calendar.name, days: days.map(({ day, digest, against: not }) => ({ ...day, lastsMs: day.lasts, digest, against: not })), ...(there && { deployed: there }) }, null, 2)}\n`,
    )
  else
    io.stdout.write(
      [
        planWords(printableDeep(calendar.name), printableDeep(days)),
        ...(there
          ? [`\nIn ${environment?.environment}:\n`, ...printableDeep(there).map(line => `  ${line}\n`)]
          : []),
      ].join(''),
    )
  if (against.length > 0) throw new ExitStatus(EXIT.refused)
}

function planWords(name: string, days: readonly CheckedDay[]): string {
  const rows = days.map(({ day }) => [
    day.id,
    `${day.at.slice(0, 16).replace('T', ' ')} UTC for ${formatDuration(day.lasts)}`,
    `${day.drill} on ${day.environment}`,
    day.owner,
    `${day.expectedCostUsd.toFixed(2)} USD`,
    day.approvers.length === 0 ? 'nobody has to' : day.approvers.join(' or '),
  ])
  const head = ['day', 'window', 'drill', 'owner', 'cost', 'approves']
  return [
    `Game days: ${name}`,
    '',
    ...aligned([head, ...rows]),
    ...days.flatMap(({ day, loaded, against }) => [
      '',
      `${day.id}: ${loaded.drill.title}`,
      `  expected: ${day.hypothesis}`,
      `  breaks at most: ${day.blastRadius.faults.join(', ')} in ${day.blastRadius.zones.join(', ') || 'no zone'}`,
      ...against.map(why => `  MAY NOT RUN: ${why}`),
    ]),
    '',
  ].join('\n')
}

async function approve(id: string, options: ApproveOptions, io: Io): Promise<void> {
  const environment = await named(options.environment, io)
  const { day } = await dayOf(id, options.calendar, io, { environment })
  refuseBeyond(day.day, day.against)
  if (environment) refuseElsewhere(day.day, environment)
  if (!day.day.approvers.includes(options.as))
    throw new AftershockError('refused', `${options.as} may not approve ${id}`, {
      hint:
        day.day.approvers.length === 0
          ? 'nobody has to: it names no approvers'
          : `its approvers are ${day.day.approvers.join(', ')}`,
    })
  const key = readSealingKey(resolve(io.cwd, options.key))
  const out = options.out ?? `${id}.approval.json`
  refuseTaken(resolve(io.cwd, out))
  const approval = approveDay(day.day, day.digest, { name: options.as, key }, systemClock.wallMs())
  writeText(resolve(io.cwd, out), formatEnvelope(approval))
  if (environment) await approveThere(day.day, formatEnvelope(approval), environment, io)
  io.stdout.write(
    `${out}: ${options.as} approves ${id} (${day.digest.slice(0, 16)}…); a change of the day or of its drill takes it back\n`,
  )
}

async function run(id: string, options: RunOptions, io: Io, parts: DeploymentParts): Promise<void> {
  const { calendar, day } = await dayOf(id, options.calendar, io, { place: options.place })
  refuseBeyond(day.day, day.against)
  refuseUseless(day, options)
  if (!options.plan) refuseOutsideWindow(day.day, options, io)
  const approvedBy = options.plan ? null : approverOf(day, options, io)
  const { out, key, commandConfig, heldFor } = options
  const dayRun = { calendar: calendar.name, day, approvedBy, folder: resolve(io.cwd, out), key }
  if (!options.ephemeral || !day.place) {
    const { runDay } = await import('./gameday-run.ts')
    await runDay(
      {
        ...dayRun,
        ...(commandConfig !== undefined && { commandConfig }),
        ...(heldFor !== undefined && { heldFor }),
        ...(options.through !== undefined && { through: options.through }),
      },
      io,
    )
    return
  }
  const { place } = day
  await ephemeralDay(
    {
      ...options,
      environment: place.named,
      again: `aftershock gameday run ${shellWord(id)} --ephemeral${options.now ? ' --now' : ''}`,
      agreedUsd: day.day.expectedCostUsd,
      async ready() {
        const { readyDay } = await import('./gameday-run.ts')
        return readyDay(dayRun, place, () => refuseOutsideWindow(day.day, options, io), io, options.through)
      },
    },
    io,
    parts,
  )
}

/** Options that would be ignored without a word. */
function refuseUseless({ day, place }: CheckedDay, options: RunOptions): void {
  const ofDeploying = ['plan', 'yes', 'prices', 'unchecked'] as const
  const [names, why] = !place
    ? ([
        ['ephemeral', 'commandConfig', 'through', ...ofDeploying],
        `${day.id} is run on this machine`,
      ] as const)
    : options.ephemeral
      ? ([['commandConfig'], 'an environment that is made for the day has a login of its own'] as const)
      : ([ofDeploying, `${day.environment} is taken as it is deployed; --ephemeral makes it`] as const)
  const given = names.find(name => options[name] !== undefined)
  if (given === undefined) return
  const flag = given === 'commandConfig' ? '--command-config' : `--${given}`
  throw new AftershockError('usage', `${flag} is of no use: ${why}`, { hint: `Leave ${flag} out.` })
}

function refuseOutsideWindow(day: GameDay, { now }: RunOptions, io: Io): void {
  const [from, to] = [Date.parse(day.at), Date.parse(day.at) + day.lasts]
  const wallMs = systemClock.wallMs()
  if (wallMs >= from && wallMs < to) return
  const window = `${new Date(from).toISOString().slice(0, 16)}Z to ${new Date(to).toISOString().slice(0, 16)}Z`
  if (now) {
    io.stderr.write(`outside of its window (${window}), as --now asks for\n`)
    return
  }
  throw new AftershockError('refused', `${day.id} may run from ${window} only`, {
    hint: '--now tries it out before; its calendar says when it is meant',
  })
}

/** @returns null where nobody has to approve it. */
function approverOf({ day, digest }: CheckedDay, { approval, people }: RunOptions, io: Io): string | null {
  if (day.approvers.length === 0) return null
  const file = approval ?? `${day.id}.approval.json`
  const path = resolve(io.cwd, file)
  const hint = `aftershock gameday approve ${shellWord(day.id)} --as ${shellWord(day.approvers[0] as string)} --key FILE`
  if (!existsSync(path))
    throw new AftershockError(
      'refused',
      `${day.id} needs an approval of ${day.approvers.join(' or ')}, and there is no ${file}`,
      { hint },
    )
  const known = readPeople(resolve(io.cwd, people))
  const judged = judgeApproval(readEnvelope(path), { day, digest, people: known })
  if ('by' in judged) return judged.by
  throw new AftershockError('refused', `${file} does not approve ${day.id}: ${judged.refused}`, { hint })
}

function list(folder: string, { json }: { readonly json?: true }, io: Io): void {
  const path = resolve(io.cwd, folder)
  let days
  try {
    days = printableDeep(readDays(path))
  } catch (error) {
    throw new AftershockError('input', messageOf(error), {
      hint: 'the file was changed by hand: take its folder away',
      cause: error,
    })
  }
  const overDays = recoveryOverDays(days.map(({ record }) => record))
  if (json) {
    io.stdout.write(
      `${JSON.stringify({ days: days.map(({ dir, record }) => ({ dir, ...record })), recovery: overDays }, null, 2)}\n`,
    )
    return
  }
  if (days.length === 0)
    throw new AftershockError('input', `there is no game day in ${folder}`, {
      hint: 'aftershock gameday run DAY makes one',
    })
  const rows = days.map(({ dir, record }) => [
    verdictSign(record.verdict),
    record.day.id,
    record.ranAt.slice(0, 16).replace('T', ' '),
    record.day.drill,
    verdictWord(record.verdict),
    record.followUps.length === 0 ? 'no follow-ups' : `${record.followUps.length} follow-ups`,
    relative(io.cwd, join(dir, 'write-up.html')),
  ])
  const answers = overDays.map(
    ({ drill, platform, fault, answer }) => `  ${drill}, ${fault}, on ${platform}: ${answer}`,
  )
  io.stdout.write([...aligned(rows), '', 'Did recovery get better?', ...answers, ''].join('\n'))
}
