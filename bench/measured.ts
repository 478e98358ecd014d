import { execFileSync } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { MOST_BY_OTHERS, ratioOf } from '../test/house/quiet-ratio.ts'

/** One comparison of a benchmark, as it is printed and as `npm run bench` gathers it. */
export interface Measured {
  readonly bench: string
  /** What is compared, and with what. */
  readonly what: string
  readonly unit: string
  /** Ours and the peer's, in the unit, pair by pair in the same run. */
  readonly pairs: readonly { readonly ours: number; readonly peer: number; readonly byOthers: number }[]
  /** What the ratio should be at most; null: nobody has said. */
  readonly wanted: number | null
}

/** Where `npm run bench` gathers what each benchmark has measured; unset where one runs alone. */
export const GATHERED_IN = 'AFTERSHOCK_BENCH_MEASURED'

export function tell(measured: Measured): void {
  process.stdout.write(`${measured.what}: ${verdict(measured)}\n`)
  const file = process.env[GATHERED_IN]
  if (file) appendFileSync(file, `${JSON.stringify(measured)}\n`)
}

/** The ratio, where the machine had nothing else to do; why there is none, else. */
export function verdict({ pairs, wanted }: Pick<Measured, 'pairs' | 'wanted'>): string {
  const ratios = pairs.map(({ ours, peer, byOthers }) => ({ ratio: ours / peer, byOthers }))
  return `${ratioOf(ratios)}${wanted === null ? '' : `; wanted: at most ${wanted}`}`
}

/** The page of what was measured, where and when. */
export function performancePage(
  all: readonly Measured[],
  { at, load }: { readonly at: string; readonly load: string },
): string {
  const row = (measured: Measured) => {
    const { what, unit, pairs } = measured
    const spread = (of: (pair: Measured['pairs'][number]) => number) => {
      const sorted = pairs.map(of).toSorted((a, b) => a - b)
      const [least, most] = [sorted[0] ?? 0, sorted.at(-1) ?? 0].map(value => Number(value.toPrecision(3)))
      return least === most ? `${least}` : `${least} to ${most}`
    }
    const others = pairs.map(({ byOthers }) => Math.round(byOthers * 100))
    return `| ${what} | ${spread(pair => pair.ours)} ${unit} | ${spread(pair => pair.peer)} ${unit} | ${verdict(measured)} | ${Math.min(...others)} to ${Math.max(...others)}% |`
  }
  return `# Performance

\`npm run bench\` wrote this page on ${at}, from commit ${commit()}, with Node.js ${process.version} on ${cpus().length} CPUs
(${cpus()[0]?.model.trim()}) and ${Math.round(totalmem() / 2 ** 30)} GiB; the load was ${load} when it began.

Each row is a ratio against a peer in the same run, in turns. There is a ratio only of pairs in which other programs took at
most ${MOST_BY_OTHERS * 100}% of the machine's CPU: beside other work, figures are that work's too.

| what | ours | peer | ratio | CPU that other programs took |
|---|---|---|---|---|
${all.map(row).join('\n')}

How each is measured: [bench/README.md](../bench/README.md).
`
}

const commit = (): string =>
  execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], { encoding: 'utf8' }).trim()
export const loadNow = (): string =>
  loadavg()
    .map(load => load.toFixed(1))
    .join(', ')
