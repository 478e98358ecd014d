import { type Html, html } from './html.ts'

/** A verdict is never told by colour alone: a sign and a word go with it. */
const VERDICT_SIGNS: Readonly<Record<string, readonly [sign: string, word: string]>> = {
  pass: ['✓', 'pass'],
  fail: ['✕', 'fail'],
  inconclusive: ['?', 'inconclusive'],
  'not-judged': ['·', 'not judged'],
  'not-applicable': ['–', 'does not apply'],
  'not-exercised': ['○', 'not exercised'],
}

export const verdictSign = (verdict: string): string => VERDICT_SIGNS[verdict]?.[0] ?? '·'
export const verdictWord = (verdict: string): string => VERDICT_SIGNS[verdict]?.[1] ?? verdict

export function chip(verdict: string, word = verdictWord(verdict)): Html {
  return html`<span class="chip v-${verdict}"><span aria-hidden="true">${verdictSign(verdict)}</span> ${word}</span>`
}
