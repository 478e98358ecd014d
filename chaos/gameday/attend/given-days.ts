import { mkdirSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import { z } from 'zod'
import { AftershockError } from '../../core/errors.ts'
import { readJson, writeDocument, writeText } from '../../record/bounded-files.ts'

/** What the deployment gives a runner of the days: `lib/constructs/game-day-runner.ts` writes it. */
const givenDays = z.object({
  format: z.literal(1),
  /** The calendar's path, among the files. */
  calendar: z.string().min(1),
  files: z.record(z.string(), z.string()),
  /** What `gameday run` reads as the environment. */
  place: z.looseObject({ environment: z.string() }),
})

export interface UnpackedDays {
  readonly calendar: string
  /** The environment. */
  readonly place: string
  /** Public keys of who may approve. */
  readonly people: string
}

/**
 * Writes the files of the days into a folder.
 * @returns the paths of what a run names
 * @throws AftershockError `input` for what the deployment did not make
 */
export function unpackDays(file: string, folder: string): UnpackedDays {
  const given = readJson(file, givenDays)
  if (!given)
    throw new AftershockError('input', `there is no ${file}`, {
      hint: 'the bootstrap of the runner fetches it; its log says why not',
    })
  const root = resolve(folder, 'files')
  for (const [name, text] of Object.entries(given.files)) {
    const path = resolve(root, name)
    if (!path.startsWith(root + sep))
      throw new AftershockError('input', `${file} has a file that is called ${name}`, {
        hint: 'deploy the stack of game days again',
      })
    mkdirSync(dirname(path), { recursive: true })
    writeText(path, text)
  }
  const calendar = resolve(root, given.calendar)
  const place = join(folder, 'place.json')
  writeDocument(place, given.place)
  return { calendar, place, people: join(calendar, '..', 'people') }
}
