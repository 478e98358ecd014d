import { count } from '../core/numbers.ts'
import type { PlatformId } from '../platforms/platform-id.ts'
import { formatDuration } from '../core/units.ts'
import { notByPlatform } from '../score/tool-bound.ts'
import { BOTTLENECK_LOOP_DELAY_MS } from '../score/fleet-load.ts'
import type { Fairness } from './comparison.ts'
import type { MachineLoad } from './machine-load.ts'
import type { RunFolder } from './run-folder.ts'
import { type Column, perColumn } from './recovery-and-replay.ts'
import { platformVersions, sameWords } from './same-conditions.ts'
import { warmUps } from './warm-up.ts'

/** The slowest twentieth of what is measured is then the machine's own. */
const MOST_SATURATED = 0.05

/** Whether the platforms had the same chance: what was the same, what was not, and where the tool was in the way. */
export function fairness(columns: readonly Column[], rule: string | null): Fairness {
  const [first] = columns.flatMap(({ runs }) => runs)
  return {
    same: first ? sameWords(first.header) : [],
    differs: differs(columns),
    toolBottlenecks: columns.flatMap(bottlenecks),
    order: orderOf(columns, rule),
    warmUp: warmUps(columns),
  }
}

function differs(columns: readonly Column[]): Fairness['differs'] {
  const each = (make: (runs: readonly RunFolder[]) => string) => perColumn(columns, ({ runs }) => make(runs))
  return [
    {
      what: 'platform software',
      perPlatform: each(([run]) => (run ? softwareWords(run) : 'not known')),
      matters: 'This is what is compared.',
    },
    {
      what: 'load of the machine when runs began (1 minute)',
      perPlatform: each(runs =>
        range(
          runs.map(run => run.header.machine.load1),
          value => value.toFixed(1),
        ),
      ),
      matters:
        'Work beside the run makes times longer. `compare` waits, for a while, until the load is below the number of CPUs before it begins one.',
    },
    {
      what: 'CPUs of the machine in use while the drill played (median second)',
      perPlatform: each(runs => rangeOfLoads(runs, ({ medianBusy }) => medianBusy)),
      matters: 'Devices, brokers, proxies and the store share them.',
    },
    {
      what: 'seconds in which no CPU was idle',
      perPlatform: each(runs => rangeOfLoads(runs, ({ saturated }) => saturated)),
      matters: 'What waited in them waited for the machine.',
    },
    {
      what: 'time of day (UTC)',
      perPlatform: each(runs =>
        range(
          runs.map(run => run.header.startedAtWallMs),
          ms => new Date(ms).toISOString().slice(0, 16).replace('T', ' '),
        ),
      ),
      matters: 'A shared machine is not equally quiet all day.',
    },
    {
      what: 'records acknowledged',
      perPlatform: each(runs =>
        range(
          runs.flatMap(run => run.judged?.measurements.fleet.acked.value ?? []),
          count,
        ),
      ),
      matters:
        'Devices ask for the same; what a fault kept back at the edge and what took longer makes the rest.',
    },
  ]
}

function softwareWords({ software, header }: RunFolder): string {
  const versions = Object.entries(platformVersions(header.versions))
    // The name mostly says it already.
    .filter(([, version]) => !software.name.includes(version))
    .map(([name, version]) => `${name} ${version}`)
  const kind =
    software.kind === 'product'
      ? []
      : [software.kind === 'reference' ? 'a reference, no product' : 'a stand-in, no product']
  return [software.name, ...kind, ...versions].join(', ')
}

function rangeOfLoads(runs: readonly RunFolder[], of: (load: MachineLoad) => number): string {
  const loads = runs.flatMap(run => run.judged?.machineLoad ?? [])
  if (loads.length === 0) return 'not sampled'
  const missing = runs.length - loads.length
  return `${range(loads.map(of), percent)}${missing === 0 ? '' : `, not sampled in ${missing} of ${runs.length} runs`}`
}

const percent = (share: number): string => `${Math.round(share * 100)}%`

function range(values: readonly number[], show: (value: number) => string): string {
  if (values.length === 0) return 'not known'
  const [least, most] = [show(Math.min(...values)), show(Math.max(...values))]
  return least === most ? least : `${least} to ${most}`
}

/** Parts of the tool that were above their limits, and replays that their own readers held up. */
function toolBound({ judged }: RunFolder): Omit<Fairness['toolBottlenecks'][number], 'platform' | 'run'>[] {
  const { tool, replays = [] } = judged?.measurements ?? {}
  const parts = (tool?.parts ?? []).filter(({ part, boundSeconds }) => part === 'main' && boundSeconds > 0)
  return [
    ...parts.map(({ boundSeconds, seconds }) => ({
      what: 'what drives devices and probes was above its limits for',
      value: `${boundSeconds.toFixed(1)} s of ${seconds.toFixed(0)} s`,
      limit: 'never',
    })),
    ...replays
      .filter(replay => notByPlatform(replay) !== null)
      .map(({ id, limit }) => ({ what: `replay ${id} was`, value: limit?.why ?? '', limit: 'the platform' })),
  ]
}

function bottlenecks({ platform, runs }: Column): Fairness['toolBottlenecks'] {
  return runs.flatMap((run, index) => {
    const about = { platform, run: index + 1 }
    const late = run.judged?.measurements.fleet.loopDelayMs
    const troubles = run.judged?.measurements.evidence.troubles ?? []
    const { load1, cpus } = run.header.machine
    const saturated = run.judged?.machineLoad?.saturated ?? 0
    return [
      ...(late && (late.value ?? 0) > BOTTLENECK_LOOP_DELAY_MS
        ? [
            {
              ...about,
              what: 'the load generator was late, at worst by',
              value: formatDuration(late.value ?? 0),
              limit: formatDuration(BOTTLENECK_LOOP_DELAY_MS),
            },
          ]
        : []),
      ...(late && late.value === null
        ? [
            {
              ...about,
              what: 'whether the load generator was late',
              value: 'not known',
              limit: late.why ?? '',
            },
          ]
        : []),
      ...toolBound(run).map(found => ({ ...about, ...found })),
      ...(saturated > MOST_SATURATED
        ? [
            {
              ...about,
              what: 'no CPU of the machine was idle in',
              value: `${percent(saturated)} of the seconds`,
              limit: percent(MOST_SATURATED),
            },
          ]
        : []),
      ...(load1 > cpus
        ? [
            {
              ...about,
              what: 'the machine was busy when it began',
              value: load1.toFixed(1),
              limit: String(cpus),
            },
          ]
        : []),
      ...troubles
        .filter(trouble => trouble.effect !== 'noted')
        .map(trouble => ({
          ...about,
          what: `${trouble.what}: ${trouble.file}`,
          value: trouble.detail,
          limit: 'nothing lost',
        })),
    ]
  })
}

const GIVEN = 'Runs that existed, in the order in which they were made.'

function orderOf(columns: readonly Column[], rule: string | null): Fairness['order'] {
  const runs = columns.flatMap(({ platform, runs: own }) =>
    own.map((run, index) => ({ platform, run: index + 1, startedMs: run.header.startedAtWallMs })),
  )
  const sorted = runs.toSorted((a, b) => a.startedMs - b.startedMs)
  return {
    rule: rule ?? GIVEN,
    interleaved: isInterleaved(sorted.map(({ platform }) => platform)),
    runs: sorted.map(({ startedMs, ...run }) => ({ ...run, startedAt: new Date(startedMs).toISOString() })),
  }
}

/** No platform had all of its runs before, or after, all of another's. */
function isInterleaved(order: readonly PlatformId[]): boolean {
  const platforms = [...new Set(order)]
  return (
    platforms.length > 1 &&
    platforms.every(a => platforms.every(b => a === b || order.indexOf(a) < order.lastIndexOf(b)))
  )
}
