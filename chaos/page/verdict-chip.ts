import { type Html, html } from './html.ts'

/** A verdict is never told by colour alone: a sign and a word go with it. */
export const VERDICT_SIGNS: Readonly<Record<string, readonly [sign: string, word: string]>> = {
  pass: ['✓', 'pass'],
  fail: ['✕', 'fail'],
  inconclusive: ['?', 'inconclusive'],
  'not-judged': ['·', 'not judged'],
  'not-applicable': ['–', 'does not apply'],
  'not-exercised': ['○', 'not exercised'],
}

export function chip(verdict: string, word?: string): Html {
  const [sign, usual] = VERDICT_SIGNS[verdict] ?? ['·', verdict]
  return html`<span class="chip v-${verdict}"><span aria-hidden="true">${sign}</span> ${word ?? usual}</span>`
}
