import type { RegionOrder } from '../../../chaos/actions/action.ts'
import { regionsSchema } from '../../../chaos/core/regions.ts'
import type { JournalEvent } from '../../../chaos/record/journal-events.ts'
import { RegionMoves } from '../../../chaos/run/region-moves.ts'
import type { RegionPlace } from '../../../chaos/run/region-steps.ts'
import { systemClock } from '../../../chaos/system-clock.ts'

type Offsets = Record<string, number>
interface Planted {
  readonly spec?: object
  readonly committed?: Offsets | null
  /** What the group has in the region that is gone to. */
  readonly translated?: Offsets
  readonly ends?: Offsets
  readonly copied?: Offsets
  readonly checkpoints?: readonly (readonly [string, number, number])[]
  readonly mirror?: () => Promise<Record<string, string>>
  readonly settingsOfB?: Record<string, string>
  readonly accessOfA?: readonly string[] | null
  readonly accessOfB?: readonly string[] | null
  /** What no broker says. */
  readonly unsaid?: readonly string[]
  readonly underWay?: number
  readonly isDone?: boolean
  readonly processor?: boolean
  readonly cannotFollow?: boolean
  readonly sinks?: boolean
  /** Rows that sinks in region b write at every look. */
  readonly rows?: number
  /** Where region b ends, as it is told whoever asks for the sinks' group. */
  readonly endsOfSinks?: Offsets
  /** Those of the sinks' group. @default as of the others */
  readonly checkpointsOfSinks?: readonly (readonly [string, number, number])[]
  /** Region b acknowledges nothing more. */
  readonly isSilent?: boolean
  /** Records that it refuses at every look. */
  readonly refuses?: number
  readonly lagInB?: number | null
}

const checkpointOf =
  (group: string) =>
  ([key, upstream, downstream]: readonly [string, number, number]) => {
    const [topic = '', partition] = key.split('/')
    return { group, topic, partition: Number(partition), upstream, downstream, wallMs: 0 }
  }

/** A place where everything is done at once. Consumers have read all that is stored. */
function placed({
  spec = {},
  committed = { 'telemetry/0': 120 },
  translated = { 'telemetry/0': 96 },
  ends = { 'telemetry/0': 120 },
  copied = ends,
  checkpoints = [['telemetry/0', 120, 96]],
  mirror = async () => ({ 'mirror-source': 'STOPPED' }),
  settingsOfB = { 'retention.ms': '1000', partitions: '1' },
  accessOfA = null,
  accessOfB = null,
  unsaid = [],
  underWay = 0,
  isDone = true,
  processor = false,
  cannotFollow = false,
  sinks = false,
  rows = 4,
  endsOfSinks,
  checkpointsOfSinks = checkpoints,
  isSilent = false,
  refuses = 0,
  lagInB = 0,
}: Planted) {
  const events: JournalEvent[] = []
  const asked: string[] = []
  const began: Offsets[] = []
  let [hasBack, acked, unanswered, written] = [false, 0, 0, 0]
  const accessOf = (rights: readonly string[] | null) =>
    rights && { rules: rights.map(one => `rule: ${one}`), rights, unsaid }
  const reader = { records: () => 3 }
  const places = () => committed && { group: 'tail-1', offsets: committed }
  const place = {
    spec: regionsSchema.parse(spec),
    regionA: 'region a',
    regions: {
      stopMirror: async (_signal: AbortSignal, way: string) => {
        asked.push(`stop ${way}`)
        return mirror()
      },
      placesOf: async (group: string, region: string) => {
        asked.push(`places in ${region}`)
        const own = group.startsWith('connect-') ? (endsOfSinks ?? ends) : ends
        return { committed: translated, ends: own }
      },
      prepareBack: async () => void asked.push('prepare back'),
      startBack: async (from: Offsets) => {
        asked.push(`back from ${from['telemetry/0']}`)
        hasBack = true
      },
      hasBack: () => hasBack,
      copiedTo: async () => copied,
      checkpoints: async () => [
        ...checkpoints.map(checkpointOf('tail-1')),
        ...checkpointsOfSinks.map(checkpointOf('connect-rows')),
      ],
      settingsOf: async (region: string) => ({
        telemetry: region === 'b' ? settingsOfB : { 'retention.ms': '1000', partitions: '1' },
      }),
      accessOf: async (region: string) => accessOf(region === 'b' ? accessOfB : accessOfA),
      knownAccess: () => accessOf(accessOfA),
    },
    fleet: {
      gateways: ['gw-1', 'gw-2', 'gw-3'].map(name => ({ name, zone: 'az-a' })),
      hold: async () => {
        asked.push('hold')
        return underWay
      },
      release: () => asked.push('release'),
      moveTo: async (_cluster: unknown, to: string, gateways?: string[]) =>
        void asked.push(`devices${gateways ? ` of ${gateways.join(', ')}` : ''} to ${to}`),
      sinceMove: () => ({ acked: isSilent ? 7 : (acked += 7), unanswered: (unanswered += refuses) }),
    },
    readers: {
      committed: places,
      lagIn: (region: string) => (region === 'b' ? lagInB : 0),
      leave: async (region: string) => {
        asked.push(`leave ${region}`)
        return places()
      },
      followIn: async (_cluster: unknown, _spec: unknown, starts: Offsets) => {
        asked.push('consumers to b')
        began.push(starts)
        return reader
      },
      followBack: async (starts: Offsets, process: string) => {
        asked.push(process === 'tail-back' ? 'consumers to a' : 'remains to a')
        began.push(starts)
        return reader
      },
    },
    processor: processor
      ? {
          leave: async () => {
            asked.push('processor leaves')
            return { devices: 4 }
          },
          follow: async () => {
            asked.push('processor follows')
            if (cannotFollow) throw new Error('no partition has an instance')
            return { restored: 50, replayed: 9, partitions: 6 }
          },
        }
      : null,
    connectors: sinks
      ? {
          going: () => [{ connector: 'rows', group: 'connect-rows', topics: ['integration'] }],
          leave: async () => {
            asked.push('sinks leave')
            const inA = { 'integration/0': 50, 'integration/1': 60 }
            return [{ connector: 'rows', group: 'connect-rows', topics: ['integration'], committed: inA }]
          },
          follow: async () => {
            asked.push('sinks follow')
            return { workers: 1, tasks: 2, places: new Map([['outbox', 41]]) }
          },
          writes: async () => (written += rows),
        }
      : null,
    clock: systemClock,
    record: (event: JournalEvent) => void events.push(event),
    person: async () => isDone,
  } as unknown as RegionPlace
  return { place, events, asked, began }
}

type Move = Partial<RegionOrder> & Pick<RegionOrder, 'move'>

/** One move after the other, in one run. */
export const go = async (planted: Planted, ...moves: Move[]) => {
  const world = placed(planted)
  const all = new RegionMoves(world.place)
  const outcomes = []
  for (const move of moves)
    outcomes.push(await all.run({ id: move.move, withinMs: 5000, ...move }, new AbortController().signal))
  const steps = world.events.flatMap(event =>
    event.kind === 'region.step'
      ? [`${event.id}: ${event.step} ${event.ok ? 'done' : `failed: ${event.proof}`}`]
      : [],
  )
  return { ...world, outcomes, steps, last: outcomes.at(-1) }
}
export const FAIL_OVER = { move: 'fail-over' } as const
export const FAIL_BACK = { move: 'fail-back' } as const
export const MIGRATE = { move: 'migrate', waves: 2 } as const
export const ROLL_BACK = { move: 'roll-back' } as const
export const ways = { wayBack: true }
