import { existsSync, readFileSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { AftershockError } from '../core/errors.ts'
import type { Drill } from '../core/drill.ts'
import { loadDrill } from '../drill/load-drill.ts'
import { readYaml } from '../drill/yaml-source.ts'
import { type GameDay, loadCalendar } from './calendar.ts'

/** What a machine that runs game days is given of them, as `lib/gamedays/schedule.ts` has it. */
export interface DayFiles {
  readonly days: readonly {
    readonly id: string
    readonly at: string
    readonly lastsMs: number
    readonly approved: boolean
    readonly owner: string
    readonly drill: string
    readonly runMs: number
  }[]
  /** Texts by their paths from the folder that all are in. */
  readonly files: Readonly<Record<string, string>>
  readonly calendar: string
}

/** Proofs, healing, the steady states before and after, the audit and the upload of a run, besides its timeline. */
const AROUND_MS = 1_800_000

/**
 * The days of a calendar that are in this environment, with every file that they need: the calendar, drills, contracts,
 * and public keys of who may approve.
 * @throws AftershockError `input` for what cannot be read
 */
export async function dayFiles(path: string, environment: string): Promise<DayFiles> {
  const calendar = await loadCalendar(resolve(path), path)
  const folder = dirname(calendar.path)
  const own = calendar.days.filter(day => day.environment === environment)
  const needed = new Set([calendar.path])
  const days = []
  for (const day of own) {
    const { drill, path: drillPath } = await loadDrill(day.drill, folder)
    refuseUnfit(day, drill)
    needed.add(drillPath)
    needed.add(await contractPath(drillPath))
    for (const key of keysOf(day, folder)) needed.add(key)
    days.push({
      id: day.id,
      at: day.at,
      lastsMs: day.lasts,
      approved: day.approvers.length > 0,
      owner: day.owner,
      drill: day.drill,
      runMs: lastsMs(drill) + AROUND_MS,
    })
  }
  const root = commonFolder([...needed])
  const keyOf = (file: string) => relative(root, file).split(sep).join('/')
  return {
    days,
    calendar: keyOf(calendar.path),
    files: Object.fromEntries([...needed].map(file => [keyOf(file), readFileSync(file, 'utf8')])),
  }
}

/** @throws AftershockError `input` for what the machine that runs it cannot do or find */
function refuseUnfit({ id, drill: named }: GameDay, { fleet }: Drill): void {
  if (isAbsolute(named))
    throw new AftershockError('input', `${id}: the drill is ${named}, which no other machine has`, {
      hint: 'name it relative to the calendar',
    })
  if (fleet.compression === 'lz4' || fleet.compression === 'snappy')
    throw new AftershockError(
      'input',
      `${id}: its devices compress with ${fleet.compression}, which the machine that runs it cannot`,
      { hint: 'set fleet.compression to gzip or zstd: the libraries of the others have machine code' },
    )
}

async function contractPath(drillPath: string): Promise<string> {
  const { value } = await readYaml(drillPath, drillPath)
  return resolve(dirname(drillPath), (value as { contract: string }).contract)
}

/** @throws AftershockError `input`: nobody could tell whether such a day is approved */
function keysOf({ id, approvers }: GameDay, folder: string): string[] {
  return approvers.map(name => {
    const path = join(folder, 'people', `${name}.pub`)
    if (existsSync(path)) return path
    throw new AftershockError('input', `${id} is approved by ${name}, and there is no people/${name}.pub`, {
      hint: `aftershock keygen --out ${name} makes a pair; the public key stands beside the calendar`,
    })
  })
}

function lastsMs({ timeline, settleMs, warmUpMs }: Drill): number {
  const ends = timeline.map(entry => entry.atMs + (entry.role === 'fault' ? (entry.forMs ?? 0) : 0))
  return Math.max(0, ...ends) + settleMs + warmUpMs
}

function commonFolder(paths: readonly string[]): string {
  const [first = [], ...others] = paths.map(path => dirname(path).split(sep))
  const differs = first.findIndex((step, index) => others.some(other => other[index] !== step))
  return first.slice(0, differs === -1 ? undefined : differs).join(sep) || sep
}
