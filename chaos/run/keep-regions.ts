import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../core/clock.ts'
import { messageOf } from '../core/errors.ts'
import type { RegionsSpec } from '../core/regions.ts'
import type { SecondRegion } from '../drivers/environment.ts'
import { portions } from '../record/digested-lines.ts'
import type { JournalEvent } from '../record/journal-events.ts'
import { type RegionLine, writeRegionEvidence } from '../record/region-evidence.ts'
import type { Readers } from './readers.ts'

/** A mirror that goes on is given so long to bring what it has read. */
const QUIET_MS = 3000
const QUIET_WITHIN_MS = 60_000
const LOOK_MS = 500

export interface KeepOptions {
  readonly regions: SecondRegion
  readonly readers: Pick<Readers, 'finalReadIn'>
  readonly spec: RegionsSpec
  readonly runDir: string
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly watch: { progress(line: string): void }
}

/** Reads region b whole, once nothing more comes there, and keeps what was translated. What cannot be read is not written. */
export async function keepRegions(
  options: KeepOptions,
): Promise<Extract<JournalEvent, { kind: 'regions.kept' }>> {
  const { regions, readers, spec, runDir, signal, watch } = options
  watch.progress('reading region b whole')
  mkdirSync(join(runDir, 'regions'), { recursive: true })
  const quiet = await untilQuiet(options)
  const ended = quiet === null ? {} : { quiet }
  if (quiet === false) await endGrowth(options)
  const read = await readers.finalReadIn(regions, spec, signal)
  try {
    const checkpoints = await regions.checkpoints()
    const lines: RegionLine[] = [...portions(checkpoints)].map(part => ({
      kind: 'checkpoints',
      checkpoints: part.map(
        ({ group, topic, partition, upstream, downstream, wallMs }) =>
          [group, topic, partition, upstream, downstream, wallMs] as const,
      ),
    }))
    writeRegionEvidence(runDir, [{ kind: 'header', format: 1, from: 'a', to: 'b' }, ...lines])
    return { kind: 'regions.kept', ...read, checkpoints: checkpoints.length, ...ended }
  } catch (error) {
    watch.progress(`the checkpoints of the mirror could not be kept: ${messageOf(error)}`)
    return { kind: 'regions.kept', ...read, checkpoints: null, ...ended }
  }
}

/** A mirror that copies its own records does so until it is stopped; what it made is read and judged then. */
async function endGrowth({ regions, signal, watch }: KeepOptions): Promise<void> {
  watch.progress('region b grows though nobody produces: a mirror copies its own records, and is stopped')
  for (const way of ['there', 'back'] as const)
    if (way === 'there' || regions.hasBack())
      await regions
        .stopMirror(signal, way)
        .catch(error => watch.progress(`the mirror could not be stopped: ${messageOf(error)}`))
}

/**
 * Until no partition of region b has grown for a while: a mirror after a cut has something to catch up with. One that
 * copies what it has copied never comes to an end, and is left. null: region b was not seen.
 */
async function untilQuiet({ regions, clock, signal }: KeepOptions): Promise<boolean | null> {
  const deadline = clock.now() + QUIET_WITHIN_MS
  let before = ''
  let since = clock.now()
  while (clock.now() < deadline && !signal.aborted) {
    const { ends } = await regions.sample(Math.round(clock.now()))
    const now = ends === null ? '' : JSON.stringify(ends)
    if (now !== before) since = clock.now()
    before = now
    if (now !== '' && clock.now() - since >= QUIET_MS) return true
    await clock.sleep(LOOK_MS, signal).catch(() => {})
  }
  return before === '' || signal.aborted ? null : false
}
