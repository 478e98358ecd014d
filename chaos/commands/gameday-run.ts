import { join, relative } from 'node:path'
import { AftershockError } from '../core/errors.ts'
import { EXIT } from '../core/exit-codes.ts'
import { printableDeep } from '../core/printable.ts'
import { shellWord } from '../core/shell-word.ts'
import {
  type DayRecord,
  followUpsOf,
  readDays,
  recoveryOf,
  RUN_FOLDER,
  writeDayRecord,
} from '../gameday/day-record.ts'
import { recoveryOverDays } from '../gameday/over-days.ts'
import { type WriteUp, writeUpHtml, writeUpMarkdown } from '../gameday/write-up.ts'
import type { LoadedDrill } from '../drill/load-drill.ts'
import type { EnvironmentKind } from '../drivers/environment.ts'
import { environmentOf } from '../drivers/index.ts'
import { beyondRadius } from '../gameday/blast-radius.ts'
import { makeNewFolder, refuseTaken } from '../out-place.ts'
import type { PlatformName } from '../platforms/index.ts'
import { platformId } from '../platforms/platform-id.ts'
import { platformOfRun } from '../compare/read-run.ts'
import { writeText } from '../record/bounded-files.ts'
import { readMeasurements } from '../record/measurements.ts'
import { renderScorecard } from '../report/terminal.ts'
import { readRunHeader } from '../record/run-header.ts'
import { checkDrill } from '../run/check-drill.ts'
import { runId } from '../run/prepare.ts'
import { systemClock } from '../system-clock.ts'
import { requireHealthyMachine } from './doctor-first.ts'
import { standingThere } from './attach-options.ts'
import { type CheckedDay, PLATFORM, refuseBeyond } from './checked-day.ts'
import type { DeployedPlace } from './deployed-environment.ts'
import { unhealedError } from './heal.ts'
import { ExitStatus, type Io, widthOf } from './io.ts'
import { operatorConfig } from './operator-config.ts'
import { runAndJudge } from './perform.ts'
import { checkBeforeDeployed, onDeployed, type RanDrill, type ReadyDrill } from './ready-drill.ts'
import { sealingKey } from './seal.ts'

export interface DayRun {
  readonly calendar: string
  readonly day: CheckedDay
  readonly approvedBy: string | null
  /** Of all game days. */
  readonly folder: string
  readonly key: string | undefined
}

/**
 * Runs the drill as `run` does, judges and seals it, and writes the day up.
 * @param given `heldFor`: by which name the environment is held for it already, whose operator it logs in as
 * @throws ExitStatus with the verdict's status
 */
export async function runDay(
  given: DayRun & { readonly commandConfig?: string; readonly heldFor?: string; readonly through?: string },
  io: Io,
): Promise<never> {
  const { day, heldFor, through } = given
  const { place, loaded } = day
  if (!place) {
    const kind = environmentOf('local')
    const ready = await makeReady(given, { kind, loaded, platform: PLATFORM }, io)
    await requireHealthyMachine(io)
    throw new ExitStatus((await ready()).status)
  }
  if (heldFor !== undefined) endWithWhoAttends()
  using operator = heldFor === undefined ? null : await operatorConfig(place)
  const commandConfig = given.commandConfig ?? operator?.path ?? undefined
  const kind = await standingThere({ place, commandConfig, heldFor, through }, io)
  try {
    const fitted = { ...loaded, drill: kind.fitted ? kind.fitted(loaded.drill) : loaded.drill }
    const ready = await makeReady(given, { kind, loaded: fitted, platform: place.platform }, io)
    throw new ExitStatus((await ready()).status)
  } finally {
    await kind.end?.()
  }
}

/** Whoever attends it has the other end of this pipe: when that is gone, nobody answers for the run any more. */
function endWithWhoAttends(): void {
  process.stdin.once('close', () => process.kill(process.pid, 'SIGTERM'))
  process.stdin.resume()
  // A pipe keeps no process that is done.
  if ('unref' in process.stdin) process.stdin.unref()
}

/**
 * The same on an environment that is not deployed yet, with everything asked before that can be.
 * @param mayBegin asked again once it is there: its window may be over
 * @throws AftershockError `refused`
 */
export async function readyDay(
  given: DayRun,
  place: DeployedPlace,
  mayBegin: () => void,
  io: Io,
  through?: string,
): Promise<ReadyDrill> {
  const { loaded } = given.day
  await checkBeforeDeployed(loaded, place, through)
  sealingKey(given.key, io)
  return {
    run: signal =>
      onDeployed({ place, loaded, io, signal, through }, async ({ kind, fitted }) => {
        mayBegin()
        const ready = await makeReady(given, { kind, loaded: fitted, platform: place.platform }, io)
        return ready()
      }),
  }
}

interface There {
  readonly kind: EnvironmentKind
  /** The drill as it can be there. */
  readonly loaded: LoadedDrill
  readonly platform: PlatformName
}

/** @returns what runs it; until then nothing is written. */
async function makeReady(given: DayRun, { kind, loaded, platform }: There, io: Io) {
  const { day, folder, key } = given
  const ranAtMs = systemClock.wallMs()
  const { seed } = loaded.drill
  const outline = kind.outline(loaded.drill, platform)
  await checkDrill(loaded, outline, { seed, allowCommands: false })
  refuseBeyond(day.day, beyondRadius(loaded.drill, outline.topology, day.day.blastRadius))
  const sealing = sealingKey(key, io)
  const id = runId(loaded.drill.drill, ranAtMs)
  const dir = join(folder, `${id.slice(0, 15)}-${day.day.id}`)
  refuseTaken(dir)
  return async (): Promise<RanDrill> => {
    makeNewFolder(dir)
    const runDir = join(dir, RUN_FOLDER)
    io.stderr.write(`Game day ${day.day.id}: ${day.day.hypothesis}\n`)
    const job = { loaded, seed, kind, choice: { platform }, sealing, io, allowCommands: false }
    const { outcome, judged } = await runAndJudge(job, id, runDir)
    if (judged) {
      const { scorecard, seal } = judged
      writeUp(dir, { ...given, ranAtMs, runDir, scorecard, seal: seal.sentence, id })
      say(dir, runDir, judged, io)
    }
    if (outcome.unhealed.length > 0) throw unhealedError(outcome.unhealed, runDir)
    if (!judged)
      io.stderr.write('Interrupted; everything is healed and ended. There is no write-up of half a day.\n')
    const status = judged ? EXIT[judged.scorecard.verdict] : EXIT.interrupted
    return { status, folder: runDir, isSealed: judged !== null }
  }
}

type Judged = NonNullable<Awaited<ReturnType<typeof runAndJudge>>['judged']>

function say(dir: string, runDir: string, { scorecard, seal }: Judged, io: Io): void {
  io.stdout.write(
    renderScorecard(printableDeep(scorecard), { color: true, width: widthOf(io.stdout) }),
    'painted',
  )
  const place = (path: string) => relative(io.cwd, path) || '.'
  io.stdout.write(
    `\nWrite-up: ${place(join(dir, 'write-up.html'))} and ${place(join(dir, 'write-up.md'))}\nEvidence: ${seal.sentence}.\nCheck it with: aftershock verify ${shellWord(place(runDir))}\n`,
  )
}

interface Ran extends DayRun {
  readonly id: string
  readonly runDir: string
  readonly ranAtMs: number
  readonly scorecard: WriteUp['scorecard']
  readonly seal: string
}

/** The record first: the trend that the write-up shows has this day in it. */
function writeUp(dir: string, { calendar, day, approvedBy, folder, ...ran }: Ran): void {
  const { scorecard, seal, runDir, ranAtMs, id } = ran
  const measurements = readMeasurements(runDir)
  if (!measurements) throw new AftershockError('internal', `${runDir} was judged and has no measurements`)
  const record: DayRecord = {
    format: 1,
    calendar,
    day: day.day,
    digest: day.digest,
    approvedBy,
    ranAt: new Date(ranAtMs).toISOString(),
    run: id,
    platform: platformId(platformOfRun(runDir, readRunHeader(runDir))),
    verdict: scorecard.verdict,
    seal,
    recovery: recoveryOf(scorecard, measurements),
    followUps: followUpsOf(scorecard, day.day.owner),
  }
  writeDayRecord(dir, record)
  const overDays = recoveryOverDays(readDays(folder).map(one => one.record)).filter(
    one => one.drill === day.day.drill && one.platform === record.platform,
  )
  const made: WriteUp = { record, scorecard, measurements, overDays }
  writeText(join(dir, 'write-up.md'), writeUpMarkdown(made))
  writeText(join(dir, 'write-up.html'), writeUpHtml(made))
}
