import { z } from 'zod'
import type { Observation } from '../core/observation.ts'
import type { Driver, Mirror, MirrorReading } from '../drivers/driver.ts'
import { processWords, required } from './broker-reading.ts'
import { defineFault, type Fault, type Own, type TargetBase } from './fault.ts'

/** So long each look listens to both regions: a mirror writes several times a second. */
const LISTEN_MS = 1500
/** A JVM, a group to join, and transactions that time out. */
const COPIES_WITHIN_MS = 180_000

const spec = z.strictObject({})

/** null: nobody could look, because the mirror ended with the run that it was a part of. */
export type MirrorLook = MirrorReading | null
type MirrorFault = Fault<z.output<typeof spec>, TargetBase, MirrorLook>

export const mirrorOf = (driver: Driver): Mirror => required(driver.mirror, 'mirror')

/** It runs, and what comes to region a comes to region b. */
export const copies = (look: MirrorLook): boolean =>
  look !== null &&
  look.worker.state === 'running' &&
  look.worker.answer === 'answered' &&
  Object.values(look.connectors).length > 0 &&
  Object.values(look.connectors).every(state => state === 'RUNNING') &&
  (look.cameInB ?? 0) > 0

/** By the brokers: records come to region a, and none to region b. */
export const isStill = (look: MirrorLook): look is MirrorReading =>
  look !== null && (look.cameInA ?? 0) > 0 && look.cameInB === 0

/** A fault of the mirror: seen by its process, by what its worker says, and by the brokers of both regions. */
export const defineMirrorFault = (own: Own<MirrorFault>): Fault =>
  defineFault<z.output<typeof spec>, TargetBase, MirrorLook>({
    dimension: 'region-mirror',
    needs: ['regions'],
    spec,
    deadlines: { effectMs: 30_000, healMs: COPIES_WITHIN_MS },
    choose: async () => ({ summary: 'the mirror into region b', zones: [], nodes: [], links: [] }),
    probe: async ({ mirror }) => (mirror ? mirror.watch(LISTEN_MS) : null),
    baseline: looks => looks.find(look => !copies(look)) ?? looks.at(-1) ?? null,
    doubt: before => (copies(before) ? null : `the mirror did not copy before: ${wordsOf(before)}`),
    isHealed: (now, before) => now === null || copies(now) || !copies(before),
    describe,
    ...own,
  })

function describe(now: MirrorLook, before: MirrorLook): Observation[] {
  if (now === null) return [{ what: 'the mirror', value: 'ended with its run' }]
  return [
    { what: 'process of the mirror', value: processWords(now.worker, before?.worker) },
    { what: 'REST interface of its worker', value: now.worker.answer },
    { what: 'connectors', value: stateWords(now) },
    { what: 'records new in region a while listening', value: now.cameInA ?? 'not reported' },
    { what: 'records new in region b while listening', value: now.cameInB ?? 'not reported' },
  ]
}

const stateWords = ({ connectors }: MirrorReading): string =>
  Object.entries(connectors)
    .map(([name, state]) => `${name} ${state}`)
    .join(', ') || 'not reported'

const wordsOf = (look: MirrorLook): string =>
  look === null
    ? 'nobody could look'
    : `${look.worker.state}, ${look.worker.answer}, ${stateWords(look)}, ${look.cameInB ?? 'an unknown number of'} records came to region b`
