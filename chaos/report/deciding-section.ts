import type { Scorecard } from '../record/scorecard.ts'
import { anchorOf, type Deciding, decidingChecks } from './deciding.ts'
import { type Html, html } from '../page/html.ts'
import { scrolling } from '../page/table.ts'

/** Why a run did not pass, on the first screen: every check that decided it, the farthest from its limit first. */
export function decidingTable(scorecard: Scorecard): Html {
  const deciding = decidingChecks(scorecard)
  if (deciding.length === 0) return html``
  const caption = scorecard.verdict === 'fail' ? 'What failed' : 'What could not be decided'
  const hasBy = deciding.some(({ by }) => by !== null)
  return scrolling(
    caption,
    html`<table class="deciding v-${scorecard.verdict}">
<caption>${caption}</caption>
<thead><tr><th scope="col">Check</th><th scope="col" class="n">Measured</th><th scope="col" class="n">Allowed</th>${
      hasBy && html`<th scope="col" class="n">Beyond it by</th>`
    }<th scope="col" class="look">Look at</th></tr></thead>
<tbody>${deciding.map(one => decidingRow(one, hasBy))}</tbody></table>`,
  )
}

function decidingRow(one: Deciding, hasBy: boolean): Html {
  const { check, row, name, measured, allowed, by, why } = one
  const proof = check.proof[0]
  return html`<tr><th scope="row"><a href="#${anchorOf(row)}">${capital(name)}</a>${
    why && html`<small class="why">${why}</small>`
  }</th><td class="n" data-label="Measured">${measured}</td><td class="n" data-label="Allowed">${allowed}</td>${
    hasBy && html`<td class="n" data-label="Beyond it by">${by ?? '–'}</td>`
  }<td><a href="#${anchorOf(row)}">${row.title}</a>, <a href="#timeline">timeline</a>${
    proof && html`<small><code>${proof.file}</code> ${proof.selector}</small>`
  }</td></tr>`
}

export const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`
