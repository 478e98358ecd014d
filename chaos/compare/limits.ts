import { MIN_RUNS } from '../score/repeats.ts'
import { medianInterval } from '../score/statistics.ts'
import type { Comparison } from './comparison.ts'
import type { RunFolder } from './run-folder.ts'

/** What a reader must not take from the comparison, one sentence each. */
export function limitsOf({
  header,
  platforms,
  fairness,
  cost,
}: Pick<Comparison, 'platforms' | 'fairness' | 'cost'> & { readonly header: RunFolder['header'] }): string[] {
  const ran = platforms.filter(({ status }) => status === 'run')
  return [
    ...ran.flatMap(({ name, software }) =>
      software && software.kind !== 'product'
        ? [`${name}: ${software.name}. ${software.notes.join(' ')}`.trim()]
        : (software?.notes ?? []).map(note => `${name}: ${note}`),
    ),
    repeatsLimit(Math.min(...ran.map(({ runs }) => runs.filter(run => run.verdict !== null).length))),
    ...(header.driver === 'local'
      ? [
          'All zones were on one machine: latencies, recovery times and capacity are the lab’s own. What carries over is what breaks, in which order it recovers, and bytes per byte.',
        ]
      : []),
    ...(header.drill.kafka.timeouts === 'tuned'
      ? [
          'Failover time-outs were tuned to seconds on every platform: with what is shipped, recovery takes longer.',
        ]
      : []),
    'Which broker leads the quorum and which partitions is the platform’s own choice in each run: repeats vary it, the seed does not.',
    ...(fairness.order.interleaved
      ? []
      : [
          'Repeats were not interleaved: what changed on the machine between them may look like a platform’s doing.',
        ]),
    ...coldRuns(fairness),
    ...(header.commit?.endsWith('+changes')
      ? ['The program had changes that are in no commit: that they were the same for every run is not shown.']
      : []),
    ...(cost.workload.example
      ? [
          `Bills and break-evens are for the example workload that the program ships (“${cost.workload.workload}”), with placeholders for labour and for what a broker carries: --workload takes your own.`,
        ]
      : []),
    ...(cost.prices.flagged.length > 0
      ? [`${cost.prices.flagged.length} of the ${cost.prices.used} prices are old, or of low confidence.`]
      : []),
    'Several intervals at once are wrong more often than each of them alone.',
  ]
}

function repeatsLimit(fewest: number): string {
  if (fewest < MIN_RUNS)
    return `With fewer than ${MIN_RUNS} runs that could be judged on each platform there are no intervals: a difference may be chance.`
  const confidence = medianInterval(Array.from({ length: fewest }, (_, index) => index))?.confidence ?? 0
  return `With ${fewest} runs an interval holds its platform’s median with a probability of ${Math.floor(confidence * 100)}%. Where intervals of two platforms overlap, the difference may be chance.`
}

function coldRuns({ warmUp }: Comparison['fairness']): string[] {
  const cold = warmUp.filter(({ enough }) => enough !== true)
  if (cold.length === 0) return []
  const [first] = cold
  return [
    `${cold.length} of ${warmUp.length} runs were not shown to be warm before their first fault (${first?.platform}/${first?.run}: ${first?.why}): part of what they show is virtual machines warming up.`,
  ]
}
