import { join } from 'node:path'
import { plural } from '../core/numbers.ts'
import { COMPATIBILITY_FILE } from '../record/compatibility.ts'
import { ownersOf, type ReadinessGate } from './readiness-gate.ts'

export const compatibilityGate: ReadinessGate = {
  gate: 'compatibility',
  asks: 'Do the clients that a fleet and its teams use get what they need?',
  judge({ compatibility: { newest }, contract, platform, shownAs }) {
    const command = `aftershock compatibility --platform ${platform}`
    if (newest === null)
      return {
        verdict: 'not-run',
        shown: `nobody has tried every line on ${platform}`,
        proof: [],
        date: null,
        owner: null,
        next: command,
      }
    const { result, path } = newest
    const of = (verdict: string) => result.lines.filter(line => line.verdict === verdict)
    const bad = [...of('fail'), ...of('not-run')]
    const names = (verdict: string) =>
      of(verdict)
        .map(({ line }) => line)
        .join(', ')
    const words = [
      `${of('pass').length} of ${plural(result.lines.length, 'line')} hold`,
      ...(of('fail').length > 0 ? [`${names('fail')} ${of('fail').length === 1 ? 'does' : 'do'} not`] : []),
      ...(of('not-run').length > 0 ? [`not run: ${names('not-run')}`] : []),
    ]
    return {
      // Not by what the file says of itself as a whole.
      verdict: of('fail').length > 0 ? 'fail' : bad.length > 0 ? 'inconclusive' : 'pass',
      shown: `compatibility of ${result.at.slice(0, 10)}: ${words.join('; ')}`,
      proof: (bad.length > 0 ? bad : result.lines).map(line => ({
        file: shownAs(join(path, COMPATIBILITY_FILE)),
        selector: `/lines/${result.lines.indexOf(line)}/verdict`,
        value: line.verdict,
      })),
      date: result.at,
      owner: ownersOf(contract),
      next: bad.length > 0 ? command : null,
    }
  },
}
