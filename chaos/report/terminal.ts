import type { Scorecard } from '../score/scorecard.ts'

export function renderScorecard(scorecard: Scorecard, _options: { color: boolean; width: number }): string {
  return scorecard.verdict
}
