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
import { environmentOf } from '../drivers/index.ts'
import { makeNewFolder, refuseTaken } from '../out-place.ts'
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
import { type CheckedDay, HERE, PLATFORM } from './checked-day.ts'
import { unhealedError } from './heal.ts'
import { ExitStatus, type Io, widthOf } from './io.ts'
import { runAndJudge } from './perform.ts'
import { sealingKey } from './seal.ts'

interface DayRun {
  readonly calendar: string
  readonly day: CheckedDay
  readonly approvedBy: string | null
  /** Of all game days. */
  readonly folder: string
  readonly key: string | undefined
}

/** Runs the drill as `run` does, judges and seals it, and writes the day up. @throws ExitStatus with the verdict's status */
export async function runDay(given: DayRun, io: Io): Promise<never> {
  const { day, folder, key } = given
  const { loaded } = day
  const ranAtMs = systemClock.wallMs()
  const kind = environmentOf(day.day.environment === HERE ? 'local' : 'aws')
  const seed = loaded.drill.seed
  const choice = { platform: PLATFORM } as const
  await checkDrill(loaded, kind.outline(loaded.drill, choice.platform), { seed, allowCommands: false })
  const sealing = sealingKey(key, io)
  const id = runId(loaded.drill.drill, ranAtMs)
  const dir = join(folder, `${id.slice(0, 15)}-${day.day.id}`)
  refuseTaken(dir)
  if (day.day.environment === HERE) await requireHealthyMachine(io)
  makeNewFolder(dir)
  const runDir = join(dir, RUN_FOLDER)
  io.stderr.write(`Game day ${day.day.id}: ${day.day.hypothesis}\n`)
  const job = { loaded, seed, kind, choice, sealing, io, allowCommands: false }
  const { outcome, judged } = await runAndJudge(job, id, runDir)
  if (!judged) {
    if (outcome.unhealed.length > 0) throw unhealedError(outcome.unhealed, runDir)
    io.stderr.write('Interrupted; everything is healed and ended. There is no write-up of half a day.\n')
    throw new ExitStatus(EXIT.interrupted)
  }
  const { scorecard, seal } = judged
  writeUp(dir, { ...given, ranAtMs, runDir, scorecard, seal: seal.sentence, id })
  io.stdout.write(
    renderScorecard(printableDeep(scorecard), { color: true, width: widthOf(io.stdout) }),
    'painted',
  )
  const place = (path: string) => relative(io.cwd, path) || '.'
  io.stdout.write(
    `\nWrite-up: ${place(join(dir, 'write-up.html'))} and ${place(join(dir, 'write-up.md'))}\nEvidence: ${seal.sentence}.\nCheck it with: aftershock verify ${shellWord(place(runDir))}\n`,
  )
  if (outcome.unhealed.length > 0) throw unhealedError(outcome.unhealed, runDir)
  throw new ExitStatus(EXIT[scorecard.verdict])
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
