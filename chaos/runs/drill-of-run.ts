import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { platformOfRun } from '../compare/read-run.ts'
import { sealOf } from '../compare/run-seal.ts'
import type { Drill } from '../core/drill.ts'
import { AftershockError } from '../core/errors.ts'
import { type LoadedDrill, loadDrill } from '../drill/load-drill.ts'
import { findDrill, shippedDrills } from '../drill/shipped-drills.ts'
import { platformId } from '../platforms/platform-id.ts'
import { readRunHeader } from '../record/run-header.ts'
import { programVersion } from '../staged-program.ts'

/** What a run was made from, and everything that runs it again. */
export interface RepeatedRun {
  readonly loaded: LoadedDrill
  readonly seed: string
  /** With its version, where it has one. */
  readonly platform: string
  readonly driver: string
}

/**
 * The drill of a run: the shipped file with the same bytes, else what the run's header has of it.
 * @throws AftershockError `unverified` when the run is sealed and is not what was sealed; `input` when another version
 * made it from a drill that is not shipped, whose keys may mean something else by now.
 */
export async function drillOfRun(runDir: string): Promise<RepeatedRun> {
  const header = readRunHeader(runDir)
  await sealOf(runDir)
  const { drillSha256, versions, seed, driver } = header
  const loaded = (await shippedWith(drillSha256)) ?? {
    // This version wrote the header from a drill of this type, and keys that it does not know stay in it.
    drill: header.drill as unknown as Drill,
    path: join(runDir, 'run.json'),
    sha256: drillSha256,
  }
  const version = programVersion()
  if (loaded.path === join(runDir, 'run.json') && versions.aftershock !== version)
    throw new AftershockError(
      'input',
      `${runDir} was made by aftershock ${versions.aftershock ?? 'of an unknown version'} from a drill that is not shipped, and this is ${version}`,
      { hint: 'Name the file of its drill, or repeat it with the version that made it.' },
    )
  return { loaded, seed, platform: platformId(platformOfRun(runDir, header)), driver }
}

async function shippedWith(sha256: string): Promise<LoadedDrill | null> {
  for (const name of await shippedDrills()) {
    const bytes = readFileSync(await findDrill(name, ''))
    if (createHash('sha256').update(bytes).digest('hex') === sha256) return loadDrill(name)
  }
  return null
}
