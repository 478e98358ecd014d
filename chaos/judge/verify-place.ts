import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { AftershockError } from '../core/errors.ts'
import { shellWord } from '../core/shell-word.ts'
import { fileHolds, whyUnread } from '../record/bounded-files.ts'
import { envelopeSchema } from '../seal/dsse.ts'
import { BUNDLE } from '../seal/seal.ts'

export interface BundlePlace {
  /** The folder of the run. */
  readonly dir: string
  readonly bundle: string
}

const RUN = 'run.json'
const HINT = 'Name the folder of a run, or the bundle.json in it.'

/**
 * Finds what is to be verified before anything of it is read: a mistyped path is a mistake, no tampering.
 * @throws AftershockError `input`, with the runs that are in a folder that is none itself.
 */
export function locateBundle(dirOrBundle: string): BundlePlace {
  const path = resolve(dirOrBundle)
  const found = statOf(path, dirOrBundle)
  if (found.isDirectory()) {
    if (existsSync(join(path, BUNDLE)) || existsSync(join(path, RUN)))
      return { dir: path, bundle: join(path, BUNDLE) }
    throw noRun(path, dirOrBundle)
  }
  const place = { dir: dirname(path), bundle: path }
  if (found.isFile()) {
    if (basename(path) === BUNDLE || isEnvelope(path)) return place
    if (basename(path) === RUN) return { dir: place.dir, bundle: join(place.dir, BUNDLE) }
  }
  throw new AftershockError('input', `${dirOrBundle} is neither the folder of a run nor a bundle`, {
    hint: HINT,
  })
}

const isEnvelope = (path: string): boolean => path.endsWith('.json') && fileHolds(path, envelopeSchema)

function statOf(path: string, shownAs: string) {
  try {
    return statSync(path)
  } catch (cause) {
    throw new AftershockError('input', `${shownAs} cannot be read: ${whyUnread(cause)}`, {
      cause,
      hint: HINT,
    })
  }
}

function noRun(path: string, shownAs: string): AftershockError {
  const [first, ...more] = runsBelow(path)
  if (first === undefined)
    return new AftershockError(
      'input',
      `${shownAs} is not the folder of a run: it has neither ${RUN} nor ${BUNDLE}`,
      {
        hint: HINT,
      },
    )
  const holds = more.length === 0 ? 'one run' : `${more.length + 1} runs`
  return new AftershockError('input', `${shownAs} is not the folder of a run: it holds ${holds}`, {
    hint: `Name one: aftershock verify ${shellWord(join(shownAs, first))}`,
  })
}

/** Enough to tell a folder of runs; nobody waits while a home directory is searched. */
const MOST_ENTRIES = 2000

/** As `run`, `--repeat` and `compare` leave them: in the folder, or in those within. */
function runsBelow(path: string): string[] {
  let left = MOST_ENTRIES
  const below = (folder: string, depth: number): string[] =>
    foldersIn(join(path, folder)).flatMap(name => {
      if (left-- <= 0) return []
      const inner = join(folder, name)
      return existsSync(join(path, inner, RUN)) ? [inner] : depth > 1 ? below(inner, depth - 1) : []
    })
  return below('', 2)
}

function foldersIn(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter(entry => entry.isDirectory())
      .map(entry => entry.name)
      .toSorted()
  } catch {
    return []
  }
}
