import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { AftershockError } from '../core/errors.ts'
import { BUNDLE } from '../seal/seal.ts'
import { verifyRun } from '../judge/verify.ts'
import type { Problem } from '../judge/verify-findings.ts'

/** Whether a run's folder is still what was sealed. One that is sealed and is not is never compared. */
export type RunSeal =
  | {
      readonly state: 'verified' /** Whose key signed; null: sealed, unsigned. */
      readonly keyid: string | null
    }
  | { readonly state: 'unsealed' }

/** In the message of a refusal; `aftershock verify` lists the rest. */
const NAMED = 5

/**
 * Every digest, the journal's chain and every history against the seal; the verdict is not derived again, since
 * another version may judge by other rules.
 * @throws AftershockError `unverified` with what differs, when a run is sealed and does not verify.
 */
export async function sealOf(runDir: string): Promise<RunSeal> {
  if (!existsSync(join(runDir, BUNDLE))) return { state: 'unsealed' }
  const { ok, problems, problemCount, signature } = await verifyRun(runDir, { quick: true })
  if (ok) return { state: 'verified', keyid: signature?.keyid ?? null }
  throw new AftershockError(
    'unverified',
    `${runDir} is sealed, and is not what was sealed:${problemLines({ problems, problemCount })}`,
    {
      hint: 'Leave it out, or have the sealed files back. Where a newer version judged it again on purpose, `aftershock seal` seals it as it is now.',
    },
  )
}

/** The first of them, each on a line of its own. */
export function problemLines({
  problems,
  problemCount,
}: {
  readonly problems: readonly Problem[]
  readonly problemCount: number
}): string {
  const named = problems.slice(0, NAMED).map(problem => `\n  ${problemWords(problem)}`)
  const more = problemCount > named.length ? [`\n  … and ${problemCount - named.length} more`] : []
  return [...named, ...more].join('')
}

function problemWords({ check, file, line, what }: Problem): string {
  const place = file === null ? check : line === null ? file : `${file}:${line}`
  return `${place} ${what}`
}

/** Which of these have no seal, for people; null when each has one. */
export function unsealedWords(runs: readonly { readonly seal: RunSeal }[]): string | null {
  const numbers = runs.flatMap(({ seal }, index) => (seal.state === 'unsealed' ? [index + 1] : []))
  if (numbers.length === 0) return null
  const [who, are] = numbers.length === 1 ? ['run', 'is'] : ['runs', 'are']
  return `${who} ${numbers.join(', ')} ${are} not sealed: nothing shows that the files are what was recorded`
}
