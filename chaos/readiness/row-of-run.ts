import { join } from 'node:path'
import { isVerdict, type Row, SCORECARD_FILE } from '../record/scorecard.ts'
import type { DatedRun, SpeaksFor } from './newest-runs.ts'
import { type ReadinessInputs, type ReadinessProof, type ReadinessVerdict, worst } from './readiness-gate.ts'

/** What every row of a run rests on: without these, none of them says anything. */
const GROUND = ['fault-proof', 'audit', 'evidence'] as const

export interface RowsOfRun {
  readonly verdict: ReadinessVerdict
  /** `broker-kill of 20261129-101500: Durability fails: …`; of the rows that do not pass, else of all. */
  readonly shown: string
  readonly proof: readonly ReadinessProof[]
  readonly date: string | null
  readonly owner: string | null
  readonly next: string | null
}

export interface WantedRun {
  /** What those who have no such run are to do: a drill that judges the dimension on the platform, or words. */
  readonly next: { readonly drill: string } | string
  /** @default run: it ran on the platform */
  readonly speaksFor?: SpeaksFor
}

/**
 * The newest run that judged `dimension`, by this row, the named others where it judged them, and what all rows rest
 * on. A run whose evidence is not whole is never a pass.
 */
export async function rowsOfNewestRun(
  { runs, platform, shownAs }: Pick<ReadinessInputs, 'runs' | 'platform' | 'shownAs'>,
  dimension: string,
  others: readonly string[],
  { next, speaksFor }: WantedRun,
): Promise<RowsOfRun> {
  const found = await runs.newestWith(dimension, speaksFor)
  if (!found)
    return {
      verdict: 'not-run',
      shown: `no sealed run of ${platform} under this contract has tried it`,
      proof: [],
      date: null,
      owner: null,
      next: typeof next === 'string' ? next : `aftershock run ${next.drill} --platform ${platform}`,
    }
  const { scorecard } = found
  const wanted = [dimension, ...others, ...GROUND]
  const rows = found.rows.filter(row => wanted.includes(row.dimension) && isVerdict(row.verdict))
  const bad = rows.filter(row => row.verdict !== 'pass')
  const own = rows.find(row => row.dimension === dimension)
  return {
    verdict: worst(rows.map(row => row.verdict as ReadinessVerdict)),
    shown: `${scorecard.drill} of ${found.date.slice(0, 10)}: ${(bad.length > 0 ? bad : rows.slice(0, 1)).map(rowWords).join('; ')}`,
    proof: (bad.length > 0 ? bad : rows).map(row => proofOf(found, row, shownAs)),
    date: found.date,
    owner: own?.owner ?? null,
    next: bad.find(row => row.next !== null)?.next ?? null,
  }
}

const SAID = { pass: 'passes', fail: 'fails', inconclusive: 'is inconclusive' } as const

function rowWords(row: Row): string {
  const verdict = isVerdict(row.verdict) ? row.verdict : 'inconclusive'
  const one = row.checks.find(check => check.verdict === verdict) ?? row.checks[0]
  return `${row.title} ${SAID[verdict]}${one ? `: ${one.check} ${one.shown}` : ''}`
}

function proofOf({ path, scorecard }: DatedRun, row: Row, shownAs: (file: string) => string): ReadinessProof {
  const index = scorecard.rows.findIndex(one => one.dimension === row.dimension)
  // The build that sealed it said otherwise, or nothing: then the raw evidence is the proof.
  if (scorecard.rows[index]?.verdict !== row.verdict)
    return {
      file: shownAs(path),
      selector: `derived again by aftershock verify: ${row.dimension}`,
      value: row.verdict,
    }
  return {
    file: shownAs(join(path, SCORECARD_FILE)),
    selector: `/rows/${index}/verdict`,
    value: row.verdict,
  }
}
