import { z } from 'zod'
import {
  connectorsOf,
  describeConnect,
  readConnect,
  type ConnectReading,
  combineConnect,
} from './connector-reading.ts'
import { defineFault, type TargetBase } from './fault.ts'
import {
  allAnsweredAgain,
  combineLinks,
  describeAnswers,
  doubtOfAnswers,
  isSomebodyAway,
  knockOnLinks,
  type LinkReading,
  linksOf,
} from './link-reading.ts'
import { chooseSinkLinks, sinkZones } from './sink-links.ts'

const spec = z.strictObject({
  zones: sinkZones,
  mode: z
    .enum(['silent', 'refuse'])
    .default('silent')
    .describe('silent: bytes vanish and sessions stay; refuse: sessions end and new ones are refused.'),
})

interface Target extends TargetBase {
  readonly mode: 'silent' | 'refuse'
}
interface Reading {
  readonly links: LinkReading
  /** Not judged by: what became of tasks and rows meanwhile. */
  readonly connect: ConnectReading
}

const DEEDS = { silent: 'silent', refuse: 'refused' } as const

/**
 * The database is out of reach. Proof: a request of ours over each worker's way to it is refused or gets no answer, on
 * a new connection and on a session from before, where before each was answered; past the links the database answers.
 * What tasks say and how many rows there are stands beside it.
 */
export const sinkOutage = defineFault<z.output<typeof spec>, Target, Reading>({
  kind: 'sink-outage',
  summary: 'The database of sinks cannot be reached from the chosen zones.',
  deed: 'the database of sinks was out of reach',
  dimension: 'connector-restart',
  needs: ['links', 'connectors'],
  spec,
  async choose({ topology }, { zones, mode }) {
    return { ...chooseSinkLinks(topology, zones, DEEDS[mode]), mode }
  },
  inject: (driver, { links, mode }, id) => linksOf(driver).cut(links, id, { mode }),
  async probe(driver, { links }, _id, means) {
    const [knocks, connect] = await Promise.all([
      knockOnLinks(driver, links, { timeoutMs: 1500, tries: 3, means }),
      readConnect(driver, [], connectorsOf(driver).names),
    ])
    return { links: knocks, connect }
  },
  baseline: looks => ({
    links: combineLinks(looks.map(look => look.links)),
    connect: combineConnect(looks.map(look => look.connect)),
  }),
  doubt: before => doubtOfAnswers(before.links),
  // Where two outages overlap, some ways carry nothing already; those that did carry something are the proof.
  isEffective: (now, before, { mode }) =>
    Object.values(before.links).some(trip => trip.outcome === 'answered') &&
    Object.values(now.links).every(
      trip =>
        trip.outcome === (mode === 'silent' ? 'silent' : 'refused') &&
        trip.old?.outcome !== 'answered' &&
        typeof trip.besideMs === 'number',
    ),
  heal: (driver, { links }, id) => linksOf(driver).clear(links, id),
  isHealed: (now, before) => allAnsweredAgain(now.links, before.links),
  isAway: (now, before) => isSomebodyAway(now.links, before.links),
  describe: (now, before) => [...describeAnswers(now.links), ...describeConnect(now.connect, before.connect)],
})
